import { describe, expect, it } from 'vitest'
import { podSecurity, useNamespace } from './namespace.ts'
import { proven } from './proven.ts'
import { configMap, restrictedPod } from './restricted-pod.ts'

describe('init-config', () => {
  const kubectl = useNamespace('catalog-init-config', podSecurity('restricted'))
  const run = async (name: string, options: Readonly<Record<string, string>>, spec = {}) => {
    const annotations = {
      'pillion.dev/inject': 'init-config',
      'pillion.dev/init-config.configMap': name,
      ...Object.fromEntries(
        Object.entries(options).map(([key, value]) => [`pillion.dev/init-config.${key}`, value]),
      ),
    }
    await kubectl(['create', '-f=-'], { stdin: restrictedPod(name, annotations, { spec }) })
  }
  const ready = (pod: string) => kubectl(['wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=90s'])

  it("renders nginx's configuration with the Pod's values, and leaves nginx's own variables", async () => {
    await kubectl(['apply', '-f=examples/init-config.yaml'])
    await ready('website')
    const page = await kubectl(['exec', 'website', '--', 'curl', '-s', 'localhost:8080/tea'])
    expect(page).toBe('Good morning from website of catalog-init-config, you asked for /tea\n')
    proven('init-config', `nginx, configured from the template, says "${page.trim()}"`)
  })

  it('copies a value as it is, whatever the shell, awk or the template could make of it', async () => {
    const value = `"; touch /target/x; $(touch /target/y) \`id\` \${POD_NAME} $HOME & \\& \\n '\\''\nsecond: line`
    await kubectl(['create', '-f=-'], {
      stdin: configMap('literal', { 'config.template': '[${VALUE}] $${VALUE} $VALUE $(VALUE) & \\n' }),
    })
    await kubectl([
      'create',
      'secret',
      'generic',
      'literal',
      `--from-literal=VALUE=${value}`,
      `--from-literal=PATH=/nowhere`,
    ])
    await run('literal', { secret: 'literal', mode: '0440', file: 'the "$(HOME)"', user: '1000' })
    await ready('literal')
    const inApp = (...command: string[]) => kubectl(['exec', 'literal', '--', ...command])
    expect(await inApp('ls', '-A', '/etc/app')).toBe('the "$(HOME)"\n')
    expect(await inApp('cat', '/etc/app/the "$(HOME)"')).toBe(`[${value}] \${VALUE} $VALUE $(VALUE) & \\n\n`)
    expect(await inApp('stat', '-c', '%a %u', '/etc/app/the "$(HOME)"')).toBe('440 1000\n')
    expect(await inApp('grep', '-c', '^tmpfs /etc/app ', '/proc/mounts')).toBe('1\n')
    proven('init-config', 'a secret value full of metacharacters stands in a file in memory, to the byte')
  })

  it.each([
    {
      pod: 'unset',
      options: {} as Readonly<Record<string, string>>,
      data: { 'config.template': 'first\nthe ${MISSING} one' },
      says: '/template/config.template, line 2: there is no variable MISSING\n',
    },
    {
      pod: 'unkeyed',
      options: { key: 'other' },
      data: { 'config.template': 'first' },
      says: 'the ConfigMap has no key other; it has: config.template\n',
    },
  ])('keeps the app from starting, and says why: $pod', async ({ pod, options, data, says }) => {
    await kubectl(['create', '-f=-'], { stdin: configMap(pod, data) })
    await run(pod, options, { restartPolicy: 'Never' })
    await kubectl(['wait', '--for=jsonpath={.status.phase}=Failed', `pod/${pod}`, '--timeout=60s'])
    const path = '.status.initContainerStatuses[0].state.terminated.message'
    expect(await kubectl(['get', 'pod', pod, `-o=jsonpath={${path}}`])).toBe(says)
    proven('init-config', says.trim())
  })

  it.each([
    { pod: 'empty', text: '[]\n' },
    { pod: 'keep', text: '[${MISSING}]\n' },
  ])('does with a variable that is missing what it is told: $pod', async ({ pod, text }) => {
    await kubectl(['create', '-f=-'], { stdin: configMap(pod, { 'config.template': '[${MISSING}]' }) })
    await run(pod, { missing: pod })
    await ready(pod)
    expect(await kubectl(['exec', pod, '--', 'cat', '/etc/app/config'])).toBe(text)
  })
})
