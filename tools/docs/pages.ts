import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { decide } from '../../src/engine/decide.ts'
import { applied } from '../../src/engine/patch/apply.ts'
import type { Pod } from '../../src/engine/pod.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import { accepts } from '../../src/profile/parameters.ts'
import type { Profile } from '../../src/profile/profile.ts'
import type { Parameter } from '../../src/profile/schema/schema.ts'
import { readProfiles } from '../../src/server/profile-directory.ts'
import { picture } from './picture.ts'
import { resultingPod } from './resulting-pod.ts'
import { sharing } from './sharing.ts'

/**
 * The pages of docs/catalog/, by their paths below the root: what is written of each profile, with what is made of
 * it between pairs of marks: the table of its parameters, and what its example becomes. And an index. A profile
 * without a page or an example throws.
 */
export async function catalogPages(root: string): Promise<Readonly<Record<string, string>>> {
  const { profiles } = await readProfiles(join(root, 'catalog'))
  const all = profiles.all.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const pages = all.map(profile => {
    const file = `${folder}/${profile.name}.md`
    const page = withPart(readFileSync(join(root, file), 'utf8'), 'parameters', table(profile))
    return [file, withPart(page, 'pod', example(root, profile.name, profiles))] as const
  })
  return { ...Object.fromEntries(pages), [`${folder}/README.md`]: index(all) }
}

const folder = 'docs/catalog'

function withPart(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [before = '', after] = page.replace(new RegExp(`${begin}[^]*${end}`), begin).split(begin)
  if (after === undefined) throw new Error(`no ${begin} in the page that begins with ${page.split('\n')[0]}`)
  return `${before}${begin}\n\n${text}\n\n${end}${after}`
}

/** The picture of the Pod that a profile's example becomes, and the Pod. */
function example(root: string, profile: string, profiles: Profiles): string {
  const file = `examples/${profile}.yaml`
  const [first] = parseAllDocuments(readFileSync(join(root, file), 'utf8'))
  const pod = first?.toJS() as Pod
  const namespace = { name: 'default', labels: {}, annotations: {} }
  const cluster = { kubernetesVersion: '1.34', excludedNamespaces: new Set<string>() }
  const { patch, profiles: given } = decide({ pod, namespace, operation: 'CREATE' }, profiles, cluster)
  const injected = given.find(({ name }) => name === profile)?.injected
  if (!injected) throw new Error(`${file} does not get ${profile}`)
  const result = applied(pod, patch)
  const names = new Set([...(injected.initContainers ?? []), ...(injected.containers ?? [])])
  return `The picture shows the containers of [${file}](../../${file}) in the order in which they start, and what they share. \`<─\`
accepts connections, and \`─>\` makes them.${result.spec?.['shareProcessNamespace'] ? ' Each container sees the processes of all others.' : ''}

\`\`\`text
${picture(sharing(result, names))}
\`\`\`

<details>
<summary>The whole Pod, without the annotation <code>pillion.dev/status</code></summary>

\`\`\`yaml
${resultingPod(result, injected, pod.metadata)}
\`\`\`

</details>`
}

function table({ name, parameters }: Profile): string {
  const rows = Object.entries(parameters).map(([parameter, declared]) =>
    row([
      `\`pillion.dev/${name}.${parameter}\``,
      fallback(declared),
      `${declared.description ?? ''} ${allowed(declared)}`.trim(),
    ]),
  )
  return [row(['Annotation', 'Default', 'Meaning']), row(['---', '---', '---']), ...rows].join('\n')
}

function fallback({ default: value, required }: Parameter): string {
  if (value === undefined) return required ? 'required' : ''
  return value === '' ? 'empty' : `\`${value}\``
}

function allowed(declared: Parameter): string {
  const { pattern, ...rest } = declared
  if (rest.enum) return `Allowed values: ${rest.enum.join(', ')}.`
  return `Type: ${accepts(rest)}${pattern === undefined ? '' : `, matching \`${pattern}\``}.`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

function index(profiles: readonly Profile[]): string {
  const rows = profiles.map(({ name, description = '' }) => row([`[${name}](${name}.md)`, description]))
  return `# The catalog

These profiles come with Pillion. The chart installs all of them, and so does \`kubectl apply -k catalog/\`.

| You want | Use |
| --- | --- |
| to see a log file of the app in \`kubectl logs\` | [log-tail](log-tail.md); [log-adapter](log-adapter.md) if you need JSON with fields |
| to send a log file to a collector | [logging](logging.md) |
| to send traces, metrics and logs of an OpenTelemetry SDK | [telemetry](telemetry.md) |
| metrics in Prometheus | [statsd](statsd.md), [metrics-nginx](metrics-nginx.md) or [metrics-redis](metrics-redis.md) |
| to restrict and count the HTTP requests that the app sends | [proxy](proxy.md) |
| TLS, retries and circuit breaking for one service | [ambassador](ambassador.md) |
| a configuration file with values of the Pod | [init-config](init-config.md); [config-updater](config-updater.md) if it changes while the app runs |
| something done before the app starts | [wait-for](wait-for.md), [migrate](migrate.md) or [work-dir](work-dir.md) |

All profiles:

${[row(['Profile', 'What it does']), row(['---', '---']), ...rows].join('\n')}

A Pod for Windows gets none of these profiles, only a warning. A Pod is for Windows if it has \`spec.os.name: windows\`, or no
\`spec.os\` and the nodeSelector \`kubernetes.io/os: windows\`. Pillion does not read node affinity: set \`spec.os\`.
`
}
