/** Texts by their paths below the root. */
export type Files = Readonly<Record<string, string>>

export interface Generated {
  /** Files that nobody edits; .gitattributes marks them. */
  readonly files: Files
  /** Files that people write, in which the text between marks is generated. */
  readonly pages: Files
  /** What is missing or wrong, with the file to edit. */
  readonly problems: readonly string[]
}
