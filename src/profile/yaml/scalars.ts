import type { ScalarTag } from 'yaml'

/**
 * How kubectl reads a plain scalar: as YAML 1.1, in which dates and numbers of base 60 are text.
 * https://github.com/kubernetes-sigs/yaml/blob/v1.6.0/goyaml.v2/resolve.go
 */
const empty: ScalarTag = {
  tag: 'tag:yaml.org,2002:null',
  default: true,
  test: /^(?:~|null|Null|NULL)?$/,
  resolve: () => null,
}

const boolean: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/,
  resolve: text => /^(?:y|t|on)/i.test(text),
}

/** The test matches more than numbers; other texts stay text. */
export const number: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9_]+)?$|^[-+]?0[xXbBoO][0-9a-fA-F_]+$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/,
  resolve: text => numberOf(text) ?? text,
}

const float: ScalarTag = { ...number, tag: 'tag:yaml.org,2002:float', default: false }

/** JSON has no bytes: they are decoded as UTF-8. */
const binary: ScalarTag = {
  tag: 'tag:yaml.org,2002:binary',
  default: false,
  resolve: (text, onError) => {
    try {
      return new TextDecoder().decode(Uint8Array.from(atob(text), character => character.charCodeAt(0)))
    } catch {
      onError('!!binary is not base64')
      return text
    }
  },
}

const timestamp: ScalarTag = { ...binary, tag: 'tag:yaml.org,2002:timestamp', resolve: text => text }

/** The tags besides those of maps, lists and strings. */
export const kubectlTags = [empty, boolean, number, float, binary, timestamp]

function numberOf(text: string): number | undefined {
  const plain = text.replaceAll('_', '')
  const sign = plain.startsWith('-') ? -1 : 1
  const digits = /^[-+]/.test(plain) ? plain.slice(1) : plain
  if (digits.toLowerCase() === '.inf') return sign * Number.POSITIVE_INFINITY
  if (digits.toLowerCase() === '.nan') return Number.NaN
  const integer = integerOf(digits)
  if (integer !== undefined && integer <= (sign < 0 ? 2n ** 63n : 2n ** 64n - 1n))
    return sign * Number(integer) || 0
  if (!/^(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(digits)) return undefined
  const value = sign * Number(digits)
  return Number.isFinite(value) ? value : undefined
}

/** Parses as Go's `strconv.ParseInt` does with base 0. */
function integerOf(digits: string): bigint | undefined {
  if (digits.length > 80) return undefined
  if (/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$/.test(digits)) return BigInt(digits)
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits}`)
  return /^(?:0|[1-9][0-9]*)$/.test(digits) ? BigInt(digits) : undefined
}
