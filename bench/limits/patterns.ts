/** Regular expressions just within the limits, by what they do. */
export const hostilePatterns: Readonly<Record<string, string>> = {
  'a repetition': '[a-z]{0,1000}',
  'a repetition of what folds': '(?i)[a-z]{1,400}',
  'repetitions in repetitions': '(?:(?:(?:x?y*z{3}){4}){5}){4}',
  'Unicode classes': '\\pL'.repeat(65),
  'an anchored repetition of a Unicode class': '^\\pL{65}$',
  'one class of Unicode classes': `[${'\\pL\\PN'.repeat(35)}]`,
  'a range that folds': '(?i)[B-\\x{3a00}]',
  'ranges that fold': '(?i)[k-\\x{170}]'.repeat(30),
  'anchored choices': `^(?:${Array.from({ length: 250 }, (_, i) => `${String.fromCodePoint(0x4e00 + 3 * i)}x`).join('|')})$`,
  'nested groups': `${'('.repeat(450)}a{2}${')'.repeat(450)}`,
}
