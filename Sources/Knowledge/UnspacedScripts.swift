extension Unicode.Scalar {
    /// Whether it is of a script that puts no blanks between words.
    package var isOfUnspacedScript: Bool { isIdeographOrKana || isSoutheastAsian }

    /// Hiragana and Katakana, Han.
    package var isIdeographOrKana: Bool {
        switch value {
        case 0x3041...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x2_0000...0x3_FFFF: true
        default: false
        }
    }

    /// Thai and Lao, Myanmar, Khmer.
    package var isSoutheastAsian: Bool {
        switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true
        default: false
        }
    }
}
