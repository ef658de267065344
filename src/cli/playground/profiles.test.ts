import { describe, expect, it } from 'vitest'
import { parseProfiles } from '../../profile/yaml/parse.ts'
import { textOf } from './profiles.ts'

describe('a profile of the cluster as a text of the page', () => {
  it.each(['on', 'yes', 'n', '0x1f', '1:30', '~'])('is the same profile with the text %s', value => {
    const profile = {
      apiVersion: 'pillion.dev/v1alpha1',
      kind: 'ClusterSidecarProfile',
      metadata: {
        name: 'n',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"token":"secret"}' },
      },
      spec: { containers: [{ name: 'y', image: 'a:1', env: [{ name: 'MODE', value }] }] },
    }
    const { file, text } = textOf(profile)
    expect(file).toBe('ClusterSidecarProfile/n.yaml')
    expect(text).not.toContain('secret')
    expect(parseProfiles(text, file)).toMatchObject({ problems: [], profiles: [{ name: 'n' }] })
  })
})
