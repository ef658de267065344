import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { collect, type Profiles } from '../profile/accept/profiles.ts'
import { parseProfiles } from '../profile/yaml/parse.ts'
import { apply, decideOn, uninjected } from './decide.fixture.ts'
import type { Pod } from './pod.ts'

/**
 * Each folder of golden/ is a case: profiles.yaml and pod.yaml give expected.yaml, the decision and the
 * Pod after it. `UPDATE_GOLDEN=1` writes expected.yaml anew; the difference is then for review.
 */
const golden = new URL('golden/', import.meta.url)
const isUpdate = process.env['UPDATE_GOLDEN'] === '1'
const cases = readdirSync(golden)

describe('golden', () => {
  it.each(cases)('%s', name => {
    const { pod, profiles, expected } = read(name)
    const { patch, ...decision } = decideOn(pod, profiles)
    const { outcome, reason, message, warnings } = decision
    const after = apply(pod, patch)
    const actual = {
      decision: { outcome, reason, message, warnings },
      ...(patch.length > 0 && { pod: after }),
    }
    if (isUpdate) writeFileSync(expected, stringify(actual, { lineWidth: 0, aliasDuplicateObjects: false }))
    expect(existsSync(expected), 'run with UPDATE_GOLDEN=1 to write expected.yaml').toBe(true)
    expect(actual).toEqual(parse(readFileSync(expected, 'utf8')))
  })

  it.each(cases)('%s: a second call changes nothing, and uninject gives the Pod again', name => {
    const { pod, profiles } = read(name)
    const { outcome, patch } = decideOn(pod, profiles)
    const after = apply(pod, patch)
    if (outcome === 'injected') expect(decideOn(after, profiles).outcome).toBe('unchanged')
    if (!isReinvocation(pod)) expect(uninjected(after)).toEqual(pod)
  })
})

function read(name: string): { pod: Pod; profiles: Profiles; expected: URL } {
  const file = (base: string) => new URL(`${name}/${base}`, golden)
  const { profiles, problems } = parseProfiles(
    readFileSync(file('profiles.yaml'), 'utf8'),
    `${name}/profiles.yaml`,
  )
  expect(problems).toEqual([])
  return {
    pod: parse(readFileSync(file('pod.yaml'), 'utf8')),
    profiles: collect(profiles).profiles,
    expected: file('expected.yaml'),
  }
}

function isReinvocation({ metadata }: Pod): boolean {
  return metadata?.annotations?.['pillion.dev/status'] !== undefined
}
