import { type Origin, rules } from '../../explain/origin.ts'

/** Where a value comes from, in a few lines. */
export function originText(origin: Origin): string {
  if (!('profile' in origin)) return rules[origin.rule]
  const { profile, pointer, expressions, conditions, parameters, rule } = origin
  return [
    `Profile ${profile}, ${fieldOf(pointer)}`,
    ...(rule === undefined ? [] : [rules[rule]]),
    ...conditions.map(source => `when ${source} is true`),
    ...expressions.map(({ source, value }) => `${source} is ${JSON.stringify(value)}`),
    ...parameters.map(
      ({ name, value, from }) => `parameter ${name} is ${JSON.stringify(value)}: ${sources[from]}`,
    ),
  ].join('\n')
}

const sources = {
  default: 'its default',
  pod: 'an annotation of the Pod',
  namespace: 'an annotation of the namespace',
} as const

/** `/spec/containers/0/env/1` → `spec.containers[0].env[1]` */
function fieldOf(pointer: string): string {
  const keys = pointer
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  return keys.reduce((path, key) => {
    if (/^\d+$/.test(key)) return `${path}[${key}]`
    if (!/^\w+$/.test(key)) return `${path}[${JSON.stringify(key)}]`
    return path === '' ? key : `${path}.${key}`
  }, '')
}
