import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { JsonObject } from '../../json/json.ts'
import { limits } from '../../limits/limits.ts'
import { accept, type Verdict } from '../../profile/accept/acceptance.ts'
import { candidate } from '../../profile/accept/candidate.ts'
import type { Api } from '../api/api.ts'
import { reportStatuses } from './profile-status.ts'
import { revisionStore } from './revision-store.ts'

function verdictOn(namespace: string, name: string): Verdict {
  const metadata = { namespace, name, uid: `${namespace}/${name}`, generation: 1, resourceVersion: '1' }
  const object: JsonObject = {
    metadata,
    spec: { containers: [{ name: 'agent', image: '$(params.nothing)' }] },
  }
  const { verdicts } = accept(new Map([['key', candidate('SidecarProfile', object)]]))
  return verdicts.get('key')!
}

/** Reports on these, with an API server that takes everything; gives whose status was written. */
function reporting(all: readonly Verdict[]) {
  const written: string[] = []
  const troubled = vi.fn()
  const failed = vi.fn()
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort())
  const request: Api['request'] = async (_, path) => {
    if (path.endsWith('/status'))
      written.push(path.split('/').slice(5, -1).join('/').replace('/sidecarprofiles', ''))
    return { ok: true, status: 200, body: {}, warnings: [] }
  }
  const reporter = reportStatuses({ request } as unknown as Api, {
    verdicts: () => all,
    isLeader: () => true,
    sample: undefined,
    revisions: revisionStore(),
    namespace: 'pillion',
    identity: 'replica-0',
    failed,
    troubled,
    signal: stopping.signal,
  })
  reporter.changed()
  return { written, troubled, failed }
}

describe('reports on the profiles of many namespaces', () => {
  it('are bounded for each of them, so that the others are reported on', async () => {
    const loud = Array.from({ length: 1_000 }, (_, i) => verdictOn('loud', `p-${i}`))
    const { written, failed } = reporting([...loud, verdictOn('quiet', 'side')])
    await vi.waitFor(() => expect(written).toContain('quiet/side'), { timeout: 20_000 })
    const ofLoud = written.filter(path => path.startsWith('loud/')).length
    expect(ofLoud).toBeGreaterThanOrEqual(limits.statusWritesAtOnce)
    // One a second, and this takes seconds at most.
    expect(ofLoud).toBeLessThan(limits.statusWritesAtOnce + 30)
    expect(failed).not.toHaveBeenCalled()
  })

  it('go on when one triggers a bug, and report that one', async () => {
    const bad = verdictOn('loud', 'bad')
    const hostile = {
      ...bad,
      object: Object.defineProperty({ ...bad.object }, 'status', {
        get() {
          throw new RangeError('hunter2')
        },
      }),
    }
    const { written, troubled, failed } = reporting([hostile, verdictOn('quiet', 'side')])
    await vi.waitFor(() => expect(written).toEqual(['quiet/side']), { timeout: 20_000 })
    expect(troubled.mock.calls).toEqual([
      [{ kind: 'SidecarProfile', key: 'loud/bad', error: expect.any(RangeError) }],
    ])
    expect(failed).not.toHaveBeenCalled()
  })
})
