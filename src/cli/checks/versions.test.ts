import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import type { LiveInstallation } from '../cluster/installation.ts'
import type { LiveCluster, Seen } from '../cluster/live-cluster.ts'
import { revisionPolicy } from './revision-policy.ts'
import { tokenPolicy } from './token-policy.ts'
import { versions } from './versions.ts'

const upgrade = 'upgrade to Kubernetes 1.30 or newer'

describe('What doctor says of a version of Kubernetes', () => {
  it.each([
    { minor: '27', status: 'broken', says: /^Kubernetes 1\.27 does not enable matchConditions, / },
    {
      minor: '28',
      status: 'warning',
      says: /has no native sidecars, and no ValidatingAdmissionPolicy to limit/,
    },
    { minor: '29+', status: 'warning', says: /^Kubernetes 1\.29 has no ValidatingAdmissionPolicy to limit/ },
    { minor: '30', status: 'ok', says: /^Kubernetes 1\.30; / },
    { minor: '37', status: 'ok', says: /^Kubernetes 1\.37; / },
  ])('is $status on 1.$minor', async ({ minor, status, says }) => {
    expect(await versions(installationOn(minor))).toEqual([
      {
        name: 'versions',
        status,
        message: expect.stringMatching(says),
        ...(status !== 'ok' && { hint: expect.stringContaining(upgrade) }),
      },
    ])
  })

  it.each([
    { minor: '29', hint: upgrade },
    { minor: '30', hint: 'helm upgrade pillion --set tokenPolicy.enabled=true' },
  ])('says how to get the policies for its token on 1.$minor: $hint', async ({ minor, hint }) => {
    const installation = installationOn(minor)
    const found = [...(await tokenPolicy(installation)), ...(await revisionPolicy(installation))]
    expect(found.map(each => [each.name, each.status, each.hint])).toEqual([
      ['token policy', 'warning', hint],
      ['revision policy', 'warning', hint],
      ['revision policy', 'warning', hint],
    ])
  })
})

/** Without policies, and without a Deployment. */
function installationOn(minor: string): LiveInstallation {
  const cluster: Pick<LiveCluster, 'get'> = {
    get: async path => (path === '/version' ? there({ major: '1', minor }) : { state: 'absent' }),
  }
  return {
    cluster: cluster as LiveCluster,
    name: 'pillion',
    namespace: 'pillion',
    workloadNamespace: 'shop',
    mutating: { state: 'absent' },
    validating: { state: 'absent' },
    deployment: { state: 'absent' },
    repair: 'helm upgrade pillion',
  }
}

function there(value: JsonObject): Seen<JsonObject> {
  return { state: 'there', value }
}
