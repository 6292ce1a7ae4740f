import Testing

@testable import Generation

@Suite struct `Figures of a text` {
    private func supported(_ claim: String, by passage: String) -> Bool {
        let known = Figure.figures(in: passage)
        return Figure.figures(in: claim).allSatisfy { $0.isSupported(by: known) }
    }

    @Test(
        arguments: [
            ("It costs 49 euro.", "The price is €49."), ("49,00 €", "49.00 EUR"), ("1,700 ml", "1700 ml"), ("1.7 litres", "holds 1.7 l"),
            ("1 200 bags", "1200 bags"), ("5 years", "for five years"), ("five years", "5 years of guarantee"), ("12 March", "on March 12"),
            ("12 March 2027", "2027-03-12"), ("open at 9:30", "from 9:30 to 17:00"), ("30% less", "30 percent less water"),
            ("2 of them", "2 kg"),
            ("no figure", "nothing"), ("one of us", "nothing"), ("900-gram pot", "It weighs 900 grams"), ("USD 20", "$20"),
            ("1,5 kg", "1.5 kg"), ("version 1.2.3", "since 1.2.3"),
            ("1\u{FE0F}\u{20E3} Fill it", "nothing"), ("1\u{202F}200,50 kr", "1200.50 NOK"), ("5 25", "25 of 5"), ("", "nothing"),
            ("7", "7"),
            ("2027-13-45", "45 in 2027"), ("1'000", "1000"), ("1.2 million people", "1,200,000 people"),
            ("49k customers", "49 thousand customers"),
            ("3 mio. kroner", "3 million kr"), ("価格は４９ユーロです", "この価格は49ユーロです。"), ("٤٩", "٤٩"), ("3 times a day", "3x a day"),
        ])
    func `the same in other words`(claim: String, passage: String) { #expect(supported(claim, by: passage)) }

    @Test(
        arguments: [
            ("It costs 39 euro.", "It costs 49 euro."), ("49 dollars", "49 euro"), ("5 %", "5 years"), ("5 years", "5 %"), ("5 kg", "5 g"),
            ("13 March", "12 March"), ("12 April", "12 March"), ("12 March 2028", "12 March 2027"), ("1.7 litres", "17 litres"),
            ("9:30", "at 9 with 30 people"), ("930", "9:30"), ("twenty percent", "20 bags"), ("100 cups", "nothing at all"), ("3", "three"),
            ("1.2.4", "1.2.3"), ("2x", "1x"),
            ("49 million euro", "49 euro"), ("49 thousand euro", "49 euro"), ("49bn euro", "49 euro"), ("49k customers", "49 customers"),
            ("50x better", "50 % better"), ("49 euro", "49 million euro"), ("over 1000 people", "over 100 people"),
        ])
    func `another one`(claim: String, passage: String) { #expect(!supported(claim, by: passage)) }

    @Test(arguments: [
        ("Meet the Squall at O'Hara-Lane", ["Squall", "O'Hara-Lane"]), ("the X200 and an iPhone", ["X200", "iPhone"]),
        ("we like rain-", []), ("価格は49ユーロです", []),
        ("", []), ("'", []), ("a-", []),
    ]) func `have names`(text: String, names: [String]) { #expect(Names.mentioned(in: text, language: "en") == names) }

    @Test func `are read once for all who cite it`() {
        let readings = RecentTexts(Figure.figures)
        let texts = (0..<600).map { "The price of number \($0) is \($0) euro." }
        for text in texts + texts.prefix(10) {
            #expect(readings[text] == Figure.figures(in: text))
        }
    }

    @Test func `are found in the words of a long text in a moment`() {
        let text = String(
            repeating: "The kettle costs 1 249,50 euro since 12 March, holds 1.7 litres and weighs nine hundred grams. ", count: 1_000)
        let took = ContinuousClock().measure { #expect(Figure.figures(in: text).count == 4_000) }
        #expect(took < .seconds(5))
    }
}

@Suite struct `Texts that resemble each other` {
    @Test(arguments: [
        ("One two three four", "one TWO three, four!", 1.0), ("one two three", "four five six", 0.0), ("", "", 0.0), ("one", "one", 1.0),
        ("Ærlig kaffe på øya", "ærlig KAFFE på øya", 1.0), ("one two three four", "two three four five", 1.0 / 3),
        ("One two three four", "one two — three four…", 1.0), ("Cafe\u{301} au lait", "café AU LAIT", 0.0),
        ("one one one one", "one one one", 1.0),
    ]) func `share runs of three words`(first: String, second: String, resemblance: Double) {
        #expect(Shingles(first).resemblance(to: Shingles(second)) == resemblance)
    }
}
