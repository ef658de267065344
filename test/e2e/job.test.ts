import { beforeAll, describe, expect, it } from 'vitest'
import { podSecurity, useNamespace } from './namespace.ts'
import { appLines, type LivePod } from './pod.ts'

describe('the Job of examples/job.yaml, where only restricted Pods may run', () => {
  const kubectl = useNamespace('job', podSecurity('restricted'))

  beforeAll(async () => {
    await kubectl(['apply', '-f=examples/job.yaml'])
  })

  it('completes although a sidecar runs beside it', async () => {
    await kubectl(['wait', '--for=condition=complete', 'job/nightly-report', '--timeout=90s'])
  })

  it('found the file of its init container when it started, and has its last line in the log of the sidecar', async () => {
    const log = await kubectl(['logs', 'job/nightly-report', '-c=log-tail'])
    const says = expect.stringMatching(/^nothing, nightly-report-\w+ says$/)
    expect(appLines(log)).toEqual(['What happened last night', says])
  })

  it('has a sidecar that stops by itself right after it', async () => {
    const { items } = JSON.parse(await kubectl(['get', 'pods', '-o=json'])) as { items: LivePod[] }
    const [pod] = items
    const report = pod?.status.containerStatuses?.find(({ name }) => name === 'report')?.state.terminated
    const sidecar = pod?.status.initContainerStatuses?.find(({ name }) => name === 'log-tail')?.state
      .terminated
    expect(sidecar?.exitCode).toBe(0)
    const seconds = (Date.parse(sidecar?.finishedAt ?? '') - Date.parse(report?.finishedAt ?? '')) / 1000
    expect(seconds).toBeLessThan(10)
  })
})
