import { describe, expect, it } from 'vitest'
import { podSecurity, useNamespace } from './namespace.ts'
import { proven } from './proven.ts'
import { restrictedPod } from './restricted-pod.ts'

describe('migrate', () => {
  const kubectl = useNamespace('catalog-migrate', podSecurity('restricted'))

  it('runs once before the app, in its image, with its variables, their references, and its mounts', async () => {
    await kubectl(['apply', '-f=examples/migrate.yaml'])
    await kubectl(['wait', '--for=condition=Ready', 'pod/ledger', '--timeout=90s'])
    const log = await kubectl(['logs', 'ledger', '-c=migrate'])
    expect(log).toBe('migrating file://ledger@localhost/data/schema to version 7\n')
    expect(await kubectl(['logs', 'ledger'])).toBe('version 7\n')
    proven('migrate', `before the app, in the app's image and volume: ${log.trim()}`)
  })

  it('keeps the app from starting when it fails, and says why where kubectl describe shows it', async () => {
    const annotations = {
      'pillion.dev/inject': 'migrate',
      'pillion.dev/migrate.command': 'cat /no/such/migration',
    }
    const pod = restrictedPod('failing', annotations, { spec: { restartPolicy: 'Never' } })
    await kubectl(['create', '-f=-'], { stdin: pod })
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Failed', 'pod/failing', '--timeout=60s'])
    const of = (path: string) => kubectl(['get', 'pod', 'failing', `-o=jsonpath={.status.${path}}`])
    const message = await of('initContainerStatuses[0].state.terminated.message')
    expect(message).toContain("can't open '/no/such/migration'")
    expect(await of('containerStatuses[0].state.running')).toBe('')
    proven('migrate', `the app did not start: ${message.trim()}`)
  })
})
