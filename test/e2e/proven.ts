/** Says on one line what a test has seen a profile do with the real program. */
export function proven(profile: string, what: string): void {
  process.stderr.write(`proven: ${profile}: ${what}\n`)
}
