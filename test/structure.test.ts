import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

/** What the files of a folder of src/ may import. */
interface Allowed {
  /** Folders of src/. */
  readonly folders: readonly Folder[]
  /** Folders of which only types may be imported: at run time nothing of them is loaded. */
  readonly typesOf?: readonly Folder[]
  /** `any`, or a list of those that also run in a browser. */
  readonly packages: 'any' | readonly string[]
}

type Folder =
  | Ground
  | 'template'
  | 'profile'
  | 'engine'
  | 'admission'
  | 'manifest'
  | 'explain'
  | 'playground'
  | 'server'
  | 'cluster'
  | 'cli'

const inBrowser = ['@marcbachmann/cel-js', '@noble/hashes', 're2js', 'typebox', 'yaml']

/** The editor of the playground. */
const editor = [
  '@codemirror/autocomplete',
  '@codemirror/commands',
  '@codemirror/language',
  '@codemirror/lint',
  '@codemirror/state',
  '@codemirror/view',
  '@lezer/highlight',
]

/** What knows nothing of a profile. */
const ground = ['limits', 'problems', 'json', 'order'] as const
type Ground = (typeof ground)[number]

const arrows: Readonly<Record<Folder, Allowed>> = {
  limits: { folders: ['limits'], packages: inBrowser },
  problems: { folders: ['limits', 'problems'], packages: inBrowser },
  json: { folders: ['limits', 'problems', 'json'], packages: inBrowser },
  order: { folders: ['limits', 'order'], packages: inBrowser },
  template: { folders: [...ground, 'template'], packages: inBrowser },
  profile: { folders: [...ground, 'template', 'profile'], packages: inBrowser },
  engine: { folders: [...ground, 'template', 'profile', 'engine'], packages: inBrowser },
  admission: { folders: [...ground, 'profile', 'engine', 'admission'], packages: inBrowser },
  manifest: { folders: [...ground, 'profile', 'engine', 'admission', 'manifest'], packages: inBrowser },
  explain: {
    folders: [...ground, 'template', 'profile', 'engine', 'manifest', 'explain'],
    packages: [...inBrowser, 'diff'],
  },
  playground: {
    folders: [...ground, 'template', 'profile', 'engine', 'admission', 'manifest', 'explain', 'playground'],
    packages: [...inBrowser, 'diff', ...editor],
  },
  server: {
    folders: [...ground, 'profile', 'engine', 'admission', 'server'],
    typesOf: ['cluster'],
    packages: 'any',
  },
  cluster: { folders: [...ground, 'profile', 'cluster'], typesOf: ['engine'], packages: 'any' },
  cli: {
    folders: [
      ...ground,
      'template',
      'profile',
      'engine',
      'admission',
      'manifest',
      'explain',
      'server',
      'cluster',
      'cli',
    ],
    packages: 'any',
  },
}

/** The composition root: the only file of the server that loads the cluster. */
const compositionRoot = 'src/server/main.ts'

/** Packages that only one folder imports. */
const keptApart = [
  { name: '@kubernetes/client-node', folder: 'cluster' },
  { name: 'fastify', folder: 'server' },
  { name: 'pino', folder: 'server' },
  { name: 'prom-client', folder: 'server' },
  { name: 'commander', folder: 'cli' },
] as const

const maxLines = 300
const forbiddenNames = /(^|[-.])(utils?|helpers?|common|types?|misc)([-.]|$)/

const root = join(import.meta.dirname, '..')
const sources = globSync('src/**/*.ts', { cwd: root })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => !/\.(test|fixture)\.ts$/.test(file))
  .sort()

interface Import {
  readonly from: string
  /** The specifier as written. */
  readonly what: string
  /** The name of a package, or the path of a file below the root. */
  readonly target: { readonly package: string } | { readonly file: string }
  readonly isType: boolean
  readonly isDynamic: boolean
}

describe('the imports of a source', () => {
  it('are found in every form', () => {
    const text = `
import 'reflect-metadata'
import { type A, b } from '../profile/json.ts'
import type {
  C,
} from './pod.ts'
export { d } from 'node:fs'
const e = await import('@scope/name/sub.js')
const text = 'import from nowhere'
`
    const found = importsIn('src/engine/a.ts', text)
    expect(found.map(({ target, isType, isDynamic }) => ({ ...target, isType, isDynamic }))).toEqual([
      { package: 'reflect-metadata', isType: false, isDynamic: false },
      { file: 'src/profile/json.ts', isType: false, isDynamic: false },
      { file: 'src/engine/pod.ts', isType: true, isDynamic: false },
      { package: 'node:fs', isType: false, isDynamic: false },
      { package: '@scope/name', isType: false, isDynamic: true },
    ])
  })

  it.each(sources)('of %s follow the arrows', file => {
    const allowed = arrows[folderOf(file)]
    const wrong = importsOf(file).filter(each => !mayImport(each, allowed))
    expect(wrong.map(({ what }) => what)).toEqual([])
  })

  it('are allowed to name only the types of some folders', () => {
    const of = (statement: string) =>
      importsIn('src/server/a.ts', statement).map(each => mayImport(each, arrows.server))
    expect(of("import type { A } from '../cluster/a.ts'")).toEqual([true])
    expect(of("import { type A, b } from '../cluster/a.ts'")).toEqual([false])
    expect(of("const { b } = await import('../cluster/a.ts')")).toEqual([false])
  })

  it('form no circle, not even with types', () => {
    const circular = new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['b']],
      ['d', []],
    ])
    expect(circlesIn(circular)).toEqual(['b → c → b'])
    const graph = new Map(
      sources.map(file => [
        file,
        importsOf(file).flatMap(({ target }) => ('file' in target ? [target.file] : [])),
      ]),
    )
    expect(circlesIn(graph)).toEqual([])
  })

  it.each(keptApart)('name $name only in $folder/', ({ name, folder }) => {
    const users = sources
      .flatMap(importsOf)
      .filter(({ target }) => 'package' in target && target.package === name)
    expect(users.filter(({ from }) => folderOf(from) !== folder).map(({ from }) => from)).toEqual([])
  })

  it('load cluster/ only when it is used: its client takes a second to load', () => {
    const users = sources
      .filter(file => folderOf(file) !== 'cluster')
      .flatMap(importsOf)
      .filter(({ target }) => 'file' in target && folderOf(target.file) === 'cluster')
    expect(users.filter(({ isType, isDynamic }) => !isType && !isDynamic).map(({ from }) => from)).toEqual([])
  })
})

describe('a source', () => {
  it('stands in one of the known folders', () => {
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.filter(file => !Object.hasOwn(arrows, folderOf(file)))).toEqual([])
  })

  it('that runs in a browser names nothing that only Node has', () => {
    const pure = sources.filter(file => [...ground, 'template', 'profile', 'engine'].includes(folderOf(file)))
    expect(pure.filter(file => /\b(process|Buffer)\.\w|\bsetImmediate\(/.test(read(file)))).toEqual([])
  })

  it('is named for what it is about', () => {
    const vague = ['utils.ts', 'cel-helpers.ts', 'common.ts', 'pod.types.ts']
    const isVague = (file: string) => forbiddenNames.test(file.slice(file.lastIndexOf('/') + 1))
    expect([...vague, ...sources].filter(isVague)).toEqual(vague)
  })

  it(`has at most ${maxLines} lines`, () => {
    const long = sources.filter(file => read(file).split('\n').length - 1 > maxLines)
    expect(long).toEqual([])
  })
})

function mayImport({ from, target, isType }: Import, { folders, typesOf = [], packages }: Allowed): boolean {
  if ('package' in target) return packages === 'any' || packages.includes(target.package)
  if (target.file === 'package.json') return true
  const folder = folderOf(target.file)
  const isRoot = from === compositionRoot && folder === 'cluster'
  return folders.includes(folder) || (isType && typesOf.includes(folder)) || isRoot
}

/** The circles that a walk through a graph meets, each as `a → b → a`. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const circles: string[] = []
  const path: string[] = []
  const done = new Set<string>()
  function visit(file: string): void {
    if (done.has(file)) return
    const start = path.indexOf(file)
    if (start >= 0) {
      circles.push([...path.slice(start), file].join(' → '))
      return
    }
    path.push(file)
    for (const next of graph.get(file) ?? []) visit(next)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return circles
}

function folderOf(file: string): Folder {
  return file.split('/')[1] as Folder
}

function importsOf(file: string): Import[] {
  return importsIn(file, read(file))
}

function importsIn(file: string, text: string): Import[] {
  const statement = /^(?:import|export)\b(?:\s+(type)\b)?[^'"`;()]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'/gm
  const call = /\bimport\(\s*'([^']+)'\s*\)/g
  const imported = (what: string, rest: Pick<Import, 'isType' | 'isDynamic'>) => ({
    from: file,
    what,
    target: targetOf(file, what),
    ...rest,
  })
  return [
    ...[...text.matchAll(statement)].map(([, type, from, bare]) =>
      imported(from ?? bare ?? '', { isType: type !== undefined, isDynamic: false }),
    ),
    ...[...text.matchAll(call)].map(([, what = '']) => imported(what, { isType: false, isDynamic: true })),
  ]
}

function targetOf(file: string, what: string): Import['target'] {
  if (what.startsWith('.'))
    return { file: relative(root, join(root, dirname(file), what)).replaceAll('\\', '/') }
  const parts = what.split('/')
  return { package: parts.slice(0, what.startsWith('@') ? 2 : 1).join('/') }
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
