/**
 * The seed of everything random in tests: the laws and the fuzz. Fixed in CI, so that each run has the same cases on
 * every machine; another one each time elsewhere. PILLION_SEED chooses it, and repeats a run. A whole number of 32 bits.
 */
export function seedOf({ PILLION_SEED, CI }: NodeJS.ProcessEnv): number {
  if (PILLION_SEED) return whole(PILLION_SEED)
  return ['', '0', 'false'].includes(CI ?? '') ? Date.now() | 0 : 1
}

function whole(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`PILLION_SEED is "${text}"; it takes a whole number`)
  return Number(BigInt.asIntN(32, BigInt(text)))
}
