import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** How the image of a checkout starts a server. */
export interface Image {
  /** The bundle, which `npm run build` makes. */
  readonly program: string
  /** The directory of the catalog. */
  readonly catalog: string
  /** Flags of Node, before the program. */
  readonly flags: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/**
 * The image of this or another checkout as its Dockerfile describes it, because what is measured should be what is
 * shipped. The compile cache is filled in that directory, as the image's build does it.
 */
export async function imageIn(directory: string, root = join(import.meta.dirname, '../..')): Promise<Image> {
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8')
  const [, entrypoint = '[]'] = dockerfile.match(/^ENTRYPOINT (.*)$/m) ?? []
  const [, ...args]: string[] = JSON.parse(entrypoint)
  const flags = args.slice(0, -1)
  const variables = Object.fromEntries(
    [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = '']) => pairsOf(line)),
  )
  const environment = {
    ...variables,
    // The last of several counts: the image's own value of a flag wins.
    NODE_OPTIONS: [...inContainer, variables['NODE_OPTIONS']?.replace(ofItsLimit, inMegabytes) ?? '']
      .join(' ')
      .trim(),
    NODE_COMPILE_CACHE: join(directory, 'compiled'),
  }
  const program = join(root, 'dist/pillion.js')
  await promisify(execFile)(process.execPath, [...flags, program, 'demo'], {
    env: { ...process.env, ...environment },
  })
  return { program, catalog: join(root, 'catalog'), flags, environment }
}

/**
 * What Node chooses by itself in a container of 384 MiB, the limit in deploy/base/deployment.yaml. Where it sees
 * gigabytes, it keeps 150 MB of garbage before it collects.
 */
const inContainer = ['--max-old-space-size=256', '--max-semi-space-size=1']

/** A share of the memory limit: here it would be one of the whole machine. */
const ofItsLimit = /--max-old-space-size-percentage=(\d+)/
const inMegabytes = (_: string, percentage: string) =>
  `--max-old-space-size=${(384 * Number(percentage)) / 100}`

/** `A=1 B="2 3"` */
function pairsOf(line: string): [string, string][] {
  return [...line.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g)].map(([, name = '', quoted, plain = '']) => [
    name,
    quoted ?? plain,
  ])
}
