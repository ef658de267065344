import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/json/json.ts'
import { attackTable, evaluated, isExpanded, isMeant, stolen } from '../attack-table.ts'
import { useNamespace } from './namespace.ts'

/**
 * The values of `test/attack-table.ts` that a profile of the catalog takes, on a kubelet: it expands `$(VAR)` in them, and
 * shells run them. All are in one Pod, so that they take seconds.
 */
describe('the hostile values that the catalog takes', () => {
  const kubectl = useNamespace('attacked')
  const { attacks } = attackTable()
  const leaves = attacks.flatMap(({ profile, parameter, value, leaves }) =>
    leaves.filter(isExpanded).map(leaf => ({ of: `${profile}.${parameter}=${value}`, ...leaf })),
  )
  const ofArgs = leaves.filter(({ path }) => path[3] !== 'env')
  const ofEnv = leaves.filter(({ path }) => path[3] === 'env')
  const scripts = attacks.flatMap(({ attacked, leaves }) => {
    const all = [...(attacked.spec?.initContainers ?? []), ...(attacked.spec?.containers ?? [])]
    const names = new Set(
      leaves.map(({ path: [, list = '', index = ''] }) => {
        const items = (attacked.spec as unknown as Record<string, readonly { readonly name: string }[]>)[list]
        return items?.[Number(index)]?.name
      }),
    )
    return all
      .filter(({ name }) => names.has(name))
      .flatMap(container => {
        const argv = [...strings(container['command']), ...strings(container['args'])]
        return /(^|\/)sh$/.test(argv[0] ?? '') ? [argv] : []
      })
  })

  it('arrive in programs as they were written, and no shell runs them', async () => {
    await kubectl(['create', '-f=-'], { stdin: JSON.stringify(pod()) })
    const done = '--for=jsonpath={.status.phase}=Succeeded'
    await kubectl(['wait', done, 'pod/attacked', '--timeout=100s'])

    const [control, ...printed] = (await kubectl(['logs', 'attacked', '-c=values']))
      .trim()
      .split('\n')
      .map(decoded)
    expect(control).toBe(stolen.value)
    expect(printed).toHaveLength(leaves.length)
    const read = [...ofArgs, ...ofEnv].map((leaf, i) => ({ leaf, text: printed[i] ?? '' }))
    expect(
      read.filter(({ leaf, text }) => !isMeant(text, leaf)).map(({ leaf, text }) => [leaf.of, text]),
    ).toEqual([])

    const ran = await kubectl(['logs', 'attacked', '-c=scripts'])
    // The first one is to be run: it shows that the marker is seen.
    expect(ran.split(evaluated)).toHaveLength(2)
    expect(ran).toContain(`scripts: ${scripts.length + 1}`)
    process.stderr.write(
      `attack table: ${leaves.length} strings on a kubelet, ${scripts.length} scripts run\n`,
    )
  })

  function pod(): JsonObject {
    const restricted = { readOnlyRootFilesystem: false, allowPrivilegeEscalation: false }
    const image = 'busybox:1.37'
    const values = {
      name: 'values',
      image,
      securityContext: restricted,
      command: ['sh', '-c', print, 'values', `$(${stolen.name})`, ...ofArgs.map(({ text }) => text)],
      env: [stolen, itself, ...ofEnv.map(({ text }, i) => ({ name: `E${i}`, value: text }))],
    }
    const control = ['sh', '-c', `echo evaluated-$$((40+2))`]
    const argv = [control, ...scripts].flatMap(each => [String(each.length), ...each])
    const running = {
      name: 'scripts',
      image,
      securityContext: restricted,
      command: ['sh', '-c', runAll, 'scripts', ...argv],
      env: [stolen],
    }
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'attacked' },
      spec: { containers: [values, running], restartPolicy: 'Never', terminationGracePeriodSeconds: 0 },
    }
  }
})

/** The proxy refers to this variable on purpose. Here its value is the reference, so that the text stays as the profile has it. */
const itself = { name: 'KUBERNETES_SERVICE_HOST', value: '$$(KUBERNETES_SERVICE_HOST)' }

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function decoded(line: string): string {
  return Buffer.from(line, 'base64').toString()
}

/** Prints its arguments, and then E0, E1 and so on, each as a line of Base64. */
const print = `
for text in "$@"; do printf %s "$text" | base64 | tr -d '\\n'; echo; done
i=0
while eval "[ -n \\"\\\${E$i+set}\\" ]"; do eval "printf %s \\"\\$E$i\\"" | base64 | tr -d '\\n'; echo; i=$((i+1)); done`

/** Runs commands, each given as the number of its words and these words, all at once, for three seconds at most. */
const runAll = `
mkdir -p /work-dir /template /target /var/log/app /source /state
first() { n=$1; shift; i=0; for word; do shift; if [ $i -lt $n ]; then set -- "$@" "$word"; fi; i=$((i+1)); done; timeout 3 "$@"; }
count=0
while [ $# -gt 0 ]; do
  n=$1
  (first "$@" 2>&1) &
  shift $((n+1))
  count=$((count+1))
done
wait

echo "scripts: $count"`
