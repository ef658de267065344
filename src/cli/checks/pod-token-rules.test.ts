import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { podVariables } from './pod-token-rules.ts'

/** The names that the policy finds in a status; CEL and JavaScript read these regular expressions alike. */
function namedBy(variable: string, status: string, name: string): boolean {
  const { expression } = podVariables.find(each => each.name === variable) ?? { expression: '' }
  const [, pattern = ''] = /findAll\(r'(.*)'\)$/.exec(expression) ?? []
  const lists = status.match(new RegExp(pattern, 'g')) ?? []
  return lists.some(list => list.includes(`"${name}",`) || list.includes(`"${name}"]`))
}

/** Also the words of the status itself, as the names of profiles, containers and volumes. */
const name = fc.oneof(
  fc.constantFrom('app', 'agent', 'containers', 'labels', 'annotations', 'volumes', 'revision', 'profiles'),
  fc.stringMatching(/^[a-z]([-a-z0-9]{0,5}[a-z0-9])?$/),
)
/** What an author may write into other places: a mount path, for example. */
const text = fc.oneof(
  name,
  fc.string(),
  fc.constantFrom('"containers":["app"]', '","containers":["app"],"', '["app"]'),
)
const names = fc.array(name, { maxLength: 3 })
const texts = fc.array(text, { maxLength: 3 })

const claim = fc.record(
  {
    revision: text,
    volumes: texts,
    labels: names,
    annotations: names,
    containers: names,
    initContainers: names,
    imagePullSecrets: texts,
    app: fc.dictionary(name, fc.record({ env: texts, volumeMounts: texts }, { requiredKeys: [] })),
    updated: fc.record({ from: text, at: text, restarts: names }, { requiredKeys: ['from'] }),
  },
  { requiredKeys: ['revision'] },
)
const status = fc.record(
  { defaultContainer: fc.constant(true), empty: texts, profiles: fc.dictionary(name, claim) },
  { requiredKeys: ['profiles'] },
)

describe('the names that the policy for the token finds in a status', () => {
  it('are those in the lists of containers, and no others', () => {
    fc.assert(
      fc.property(status, name, (status, name) => {
        const listed = Object.values(status.profiles).some(({ containers = [], initContainers = [] }) =>
          [...containers, ...initContainers].includes(name),
        )
        expect(namedBy('oldContainers', JSON.stringify(status), name)).toBe(listed)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['oldLabels', 'labels'],
    ['oldAnnotations', 'annotations'],
  ] as const)('are those in the lists of metadata, and no others: %s', (variable, list) => {
    fc.assert(
      fc.property(status, name, (status, name) => {
        const listed = Object.values(status.profiles).some(claim => claim[list]?.includes(name) ?? false)
        expect(namedBy(variable, JSON.stringify(status), name)).toBe(listed)
      }),
      { numRuns: 500 },
    )
  })
})
