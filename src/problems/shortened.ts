/** A text cut to at most `most` characters, the last of them an ellipsis if something was cut. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text
}
