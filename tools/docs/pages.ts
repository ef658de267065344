import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { decide } from '../../src/engine/decide.ts'
import { applied } from '../../src/engine/patch/apply.ts'
import type { Pod } from '../../src/engine/pod.ts'
import { decisionPicture } from '../../src/explain/picture/pod-picture.ts'
import { pictureSvg } from '../../src/explain/picture/svg.ts'
import { pictureText } from '../../src/explain/picture/words.ts'
import type { Profiles } from '../../src/profile/accept/profiles.ts'
import { accepts } from '../../src/profile/parameters.ts'
import type { Profile } from '../../src/profile/profile.ts'
import type { Parameter } from '../../src/profile/schema/schema.ts'
import type { Files, Generated } from '../files.ts'
import { resultingPod } from './resulting-pod.ts'

/**
 * The pages of docs/catalog/, their index and their pictures, by their paths below the root. A person writes the page of a
 * profile; the table of its parameters and the Pod that results from its example are put between the marks of the page. A profile without
 * a page or an example is a problem.
 */
export function catalogPages(root: string, profiles: Profiles): Generated {
  const all = profiles.all.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const made = all.map(profile => page(root, profile, profiles))
  return {
    files: Object.assign(
      { [`${folder}/README.md`]: index(all), ...pictureOfReadme(root, profiles) },
      ...made.map(each => ('text' in each ? { [`${each.file}.svg`]: each.picture } : {})),
    ),
    pages: Object.assign({}, ...made.map(each => ('text' in each ? { [`${each.file}.md`]: each.text } : {}))),
    problems: made.flatMap(each => ('problem' in each ? [each.problem] : [])),
  }
}

const folder = 'docs/catalog'

type Page =
  | { readonly file: string; readonly text: string; readonly picture: string }
  | { readonly problem: string }

function page(root: string, profile: Profile, profiles: Profiles): Page {
  const { name } = profile
  const file = `${folder}/${name}.md`
  const written = read(root, file)
  if (written === undefined) {
    return {
      problem: `${file} is missing: write what ${name} is for, with the lines ${marks.join(' and ')} where the Pod of examples/${name}.yaml and the table of parameters go`,
    }
  }
  const missing = marks.filter(mark => !written.includes(mark))
  if (missing.length > 0) return { problem: `${file} needs the line ${missing.join(' and the line ')}` }
  const made = example(root, name, profiles)
  if ('problem' in made) return made
  const text = withPart(withPart(written, 'parameters', table(profile)), 'pod', made.text)
  return { file: `${folder}/${name}`, text, picture: made.picture }
}

const marks = ['<!-- pod -->', '<!-- parameters -->']

function read(root: string, file: string): string | undefined {
  const path = join(root, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** A page with another text between the marks of a part. */
export function withPart(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [before = '', after = ''] = page.replace(new RegExp(`${begin}[^]*${end}`), begin).split(begin)
  return `${before}${begin}\n\n${text}\n\n${end}${after}`
}

/** A picture of the Pod that results from the example of a profile, and the Pod as YAML. */
function example(
  root: string,
  profile: string,
  profiles: Profiles,
): { readonly text: string; readonly picture: string } | { readonly problem: string } {
  const file = `examples/${profile}.yaml`
  const manifest = read(root, file)
  if (manifest === undefined)
    return { problem: `${file} is missing: write a Pod with the annotation pillion.dev/inject: ${profile}` }
  const { pod, decision, picture } = decided(manifest, profiles)
  const injected = decision.profiles.find(({ name }) => name === profile)?.injected
  if (!injected) return { problem: `${file}: its first Pod must get ${profile}, but: ${decision.message}` }
  const result = applied(pod, decision.patch)
  const text = `![${alternative(pictureText(picture))}](${profile}.svg)

The picture shows the containers of [${file}](../../${file}) in the order in which they start, how long they run, and what they
share. \`pillion explain -o svg\` draws such a picture of every manifest.

<details>
<summary>The whole Pod, without the annotation <code>pillion.dev/status</code></summary>

\`\`\`yaml
${resultingPod(result, injected, pod.metadata)}
\`\`\`

</details>`
  return { text, picture: pictureSvg(picture) }
}

/** The picture at the top of README.md; none where its example is missing. */
function pictureOfReadme(root: string, profiles: Profiles): Files {
  const manifest = read(root, 'examples/multi-container-demo.yaml')
  if (manifest === undefined) return {}
  return { 'docs/multi-container-demo.svg': pictureSvg(decided(manifest, profiles).picture) }
}

/** The decision about the first Pod of a manifest. */
function decided(manifest: string, profiles: Profiles) {
  const [first] = parseAllDocuments(manifest)
  const pod = first?.toJS() as Pod
  const namespace = { name: 'default', labels: {}, annotations: {} }
  const cluster = { kubernetesVersion: '1.34', excludedNamespaces: new Set<string>() }
  const decision = decide({ pod, namespace, operation: 'CREATE' }, profiles, cluster)
  const workload = { kind: 'Pod', name: pod.metadata?.name ?? '' }
  return { pod, decision, picture: decisionPicture({ pod, workload }, decision) }
}

/** As the text of a Markdown image. */
function alternative(text: string): string {
  return text.replaceAll(/[[\]\\`*_<>]/g, '\\$&')
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
