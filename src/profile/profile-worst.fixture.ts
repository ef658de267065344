import type { Json, JsonObject } from '../json/json.ts'
import { limits } from '../limits/limits.ts'

const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))
const container = (env: readonly Json[], more: JsonObject = {}): JsonObject => ({ name: 'a', env, ...more })
const values = (count: number, value: (i: number) => string) =>
  times(count, i => ({ name: `e${i}`, value: value(i) }))
/** As many characters as a spec has room for, in a number of pieces. */
const room = (pieces: number) => Math.floor((limits.profileBytes * 0.9) / pieces)
const filled = (make: (i: number) => string, length: number) => {
  let text = ''
  for (let i = 0; text.length + make(i).length <= length; i++) text += make(i)
  return text
}
const parameters = (pattern: (i: number) => string): JsonObject => ({
  parameters: Object.fromEntries(
    times(limits.parameters, i => [`p${i}`, { type: 'string', pattern: pattern(i) }]),
  ),
})
const expressions = (source: (i: number, length: number) => string): JsonObject => ({
  containers: times(2, c =>
    container(
      values(128, i => `$(${source(c * 128 + i, room(300))})`),
      { name: `c${c}` },
    ),
  ),
})
const long = limits.expressionLength - 40

/** Specs that each take as much as they can, by what they do: each within the limits of bytes and depth. */
export const hostileSpecs: Readonly<Record<string, JsonObject>> = {
  'patterns of the largest size': parameters(i => `[a-z]{0,${980 + (i % 9)}}(a|b){1${i}}`),
  'patterns unrolled in each other': parameters(i => `(?:(?:(?:x?y*z{${(i % 7) + 2}}){4}){5}){7}`),
  'patterns of Unicode classes': parameters(i => `^\\p{Lu}{${20 + (i % 9)}}\\pL{30}`),
  'patterns of one large class': parameters(i => `[${'\\pL\\PN'.repeat(30)}]${i}`),
  'patterns that fold ranges': parameters(i => `(?i)[B-\\x{3a${i % 10}0}]${i}`),
  'patterns that are anchored choices': parameters(
    i => `^(?:${filled(j => `${String.fromCodePoint(0x4e00 + 3 * j)}x|`, 900)}${i})$`,
  ),
  'patterns of many choices': parameters(i => `(?:${filled(j => `(a${j}|b${j})`, 900)})${i}`),
  'patterns of nested groups': parameters(i => `${'('.repeat(400)}a{2}${')'.repeat(400)}${i}`),
  'patterns that are none': parameters(i => `${'(a|b)'.repeat(190)}(${i}`),
  'patterns in expressions': expressions(i => `"a".matches("[a-z]{0,${900 + (i % 99)}}${i}")`),
  'expressions of many nodes': expressions((i, length) => `${filled(() => '1+', length - 10)}${i}`),
  'long expressions of many nodes': {
    containers: [container(values(25, i => `$(${filled(() => '1+', long / 2.2)}${i} == 1)`))],
  },
  'expressions of many members': expressions(
    (i, length) => `${filled(j => `pod.a${i}_${j}.b || `, length - 10)}true`,
  ),
  'expressions of nested loops': expressions(i =>
    times(20, j => j).reduce((inner, j) => `[${inner}].map(x${j},[x${j}])`, String(i)),
  ),
  'expressions of maps': expressions((i, length) => `{${filled(j => `${j}:1,`, length - 10)}"k":${i}}`),
  'expressions of calls': expressions((i, length) => `${filled(() => 'size("a")+', length - 10)}${i}`),
  'expressions that are none': expressions((_, length) => `${filled(() => '1+', length - 10)}`),
  'expressions of the wrong type': expressions((i, length) => `${filled(() => '1+', length - 10)}"${i}"`),
  'parameters that are not declared': {
    parameters: Object.fromEntries(times(64, i => [`a${'b'.repeat(37)}${i}`, { type: 'string' }])),
    ...expressions(i => `params.b${'a'.repeat(30)}${i}`),
  },
  'short expressions': expressions(i => `${i}`),
  'text with parentheses': {
    containers: [container(values(128, () => `$(${filled(() => '(', room(130))}`))],
  },
  'text with quotes': { containers: [container(values(128, () => `$(${filled(() => '"a', room(200))}`))] },
  'JSON of many numbers': {
    containers: [container([{ name: 'A', json: { a: times(room(1) / 2, () => 0) } }])],
  },
  'JSON that is deep': {
    containers: [
      container(
        times(120, i => ({
          name: `e${i}`,
          json: JSON.parse(
            `${'{"a":'.repeat(36)}[${filled(() => '0,', 700)}0]${'}'.repeat(36)}`,
          ) as JsonObject,
        })),
      ),
    ],
  },
  'JSON of many maps': {
    containers: [container([{ name: 'A', json: { a: times(room(1) / 9, () => ({ b: {} })) } }])],
  },
  'maps with many members': {
    containers: [
      container([{ name: 'A', json: { a: Object.fromEntries(times(room(1) / 10, i => [`k${i}`, 0])) } }]),
    ],
  },
  'unknown members': Object.fromEntries(times(room(1) / 10, i => [`k${i}`, 0])),
  'unknown members of nearly the right name': {
    containers: [
      container([], Object.fromEntries(times(room(1) / 40, i => [`terminationMessagePolicx${i}`, 0]))),
    ],
  },
  'items of the wrong type': { containers: times(room(1) / 2, () => 0) },
  'volumes and mounts': {
    volumes: times(32, i => ({ name: `v${i}`, emptyDir: {} })),
    containers: times(16, c => ({
      name: `c${c}`,
      volumeMounts: times(128, i => ({ name: `v${i % 32}`, mountPath: `/m${i}` })),
    })),
  },
  'lists that are inherited': {
    containers: times(16, c => ({
      name: `c${c}`,
      image: 'i',
      inherit: ['env', 'envFrom', 'volumeMounts'],
      env: times(128, i => ({ name: `${'E'.repeat(20)}${i}`, value: '$(params.x)' })),
    })),
    parameters: { x: { type: 'string' } },
  },
  'order of everything': {
    order: { before: times(64, i => `n${i}`), after: times(64, i => `m${i}`) },
    containers: times(16, c => ({ name: `c${c}`, image: 'i' })),
    initContainers: times(16, c => ({ name: `i${c}`, image: 'i' })),
  },
  'text that opens no expression': {
    containers: [container(values(128, () => filled(() => '$$(', room(130))))],
  },
  'text that names variables': {
    containers: [container(values(128, () => filled(() => '$(A)', room(130))))],
  },
  // The names differ at their end alone, in the order of the same letters.
  'mounts of no volume': {
    volumes: times(32, i => ({ name: `${'v'.repeat(50)}-abcdef${i}` })),
    containers: times(16, c => ({
      name: `c${c}`,
      volumeMounts: times(60, i => ({ name: `${'v'.repeat(50)}-fedcba${i}`, mountPath: '/m' })),
    })),
  },
  'advice on long arguments': {
    containers: times(16, c => ({ name: `c${c}`, args: times(8, () => filled(() => '$$(app ', room(140))) })),
  },
  'advice on many expressions': {
    containers: times(16, c => ({
      name: `c${c}`,
      args: times(16, i => `$(app.name)${filled(() => '.a', room(280))}${i}`),
    })),
  },
  'an order of each container': {
    containers: times(16, c => ordered(`c${c}`)),
    initContainers: times(16, c => ordered(`i${c}`)),
  },
  'names that are no volume, container or field': {
    containers: times(16, c => ({
      name: `c${c}`,
      volumeMounts: times(6, i => ({ name: `w${i}`, mountPathx: '/m' })),
      ...Object.fromEntries(times(40, i => [`terminationMessagePolicx${i}`, 0])),
    })),
  },
}

function ordered(name: string): JsonObject {
  const names = (letter: string) => times(64, i => `${letter.repeat(12)}${name}${i}`)
  return { name, image: 'i', order: { before: names('b'), after: names('a') } }
}
