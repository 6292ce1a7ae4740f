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
        ])
    func `the same in other words`(claim: String, passage: String) { #expect(supported(claim, by: passage)) }

    @Test(
        arguments: [
            ("It costs 39 euro.", "It costs 49 euro."), ("49 dollars", "49 euro"), ("5 %", "5 years"), ("5 years", "5 %"), ("5 kg", "5 g"),
            ("13 March", "12 March"), ("12 April", "12 March"), ("12 March 2028", "12 March 2027"), ("1.7 litres", "17 litres"),
            ("9:30", "at 9 with 30 people"), ("930", "9:30"), ("twenty percent", "20 bags"), ("100 cups", "nothing at all"), ("3", "three"),
            ("1.2.4", "1.2.3"), ("2x", "1x"), ("over 1000 people", "over 100 people"),
        ])
    func `another one`(claim: String, passage: String) { #expect(!supported(claim, by: passage)) }
}
