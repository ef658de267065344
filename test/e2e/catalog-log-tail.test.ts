import { describe, expect, it } from 'vitest'
import { until } from '../apiserver/until.ts'
import { podSecurity, useNamespace } from './namespace.ts'
import { appLines } from './pod.ts'
import { proven } from './proven.ts'

describe('log-tail', () => {
  const kubectl = useNamespace('catalog-log-tail', podSecurity('restricted'))
  const logged = async () => appLines((await kubectl.attempt(['logs', 'reporter', '-c=log-tail'])).stdout)

  it('follows a file that appears late, rotates, and has spaces in its name', async () => {
    await kubectl(['apply', '-f=examples/log-tail.yaml'])
    await until('the last line arrives', 60_000, async () => (await logged()).includes('tuesday'), 200)
    expect(await logged()).toEqual(['monday', 'tuesday'])
    proven('log-tail', 'kubectl logs followed a file with spaces in its name, late and rotated')
  })
})
