/**
 * A Kubernetes quantity in billionths, rounded up as the API server rounds (nothing finer than nano);
 * undefined when the text is not one.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string): bigint | undefined {
  const match = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,2}))?$/.exec(text)
  if (!match) return undefined
  const [, sign, number = '', binary, decimal, exponent] = match
  const [whole = '', fraction = ''] = number.split('.')
  const power = 9 - fraction.length + (decimal ? decimalPower[decimal]! : Number(exponent ?? 0))
  const scale = BigInt(whole + fraction) * (binary ? 1024n ** binaryPower[binary]! : 1n)
  const billionths = power >= 0 ? scale * 10n ** BigInt(power) : divideUp(scale, 10n ** BigInt(-power))
  return sign === '-' ? -billionths : billionths
}

const decimalPower: Record<string, number> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const binaryPower: Record<string, bigint> = { Ki: 1n, Mi: 2n, Gi: 3n, Ti: 4n, Pi: 5n, Ei: 6n }

function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b
}
