import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse } from '@babel/parser'

/**
 * `node tools/walk.ts [FOLDER]` prints the walk of one review through the engine, of this repository or of a copy of it.
 *
 * The walk is that of a person who reads one review from `decide`: each function at its first call, in the order in which
 * the calls are written, also those of a branch that is not taken. A function that was read before is not read again.
 * Only functions at the top of a file are followed, by their names; not the members of objects, such as `nameOf` of a
 * place. A file that gives only types, constants or data is not part of the walk.
 */
if (import.meta.main) {
  const root = process.argv[2] ?? join(import.meta.dirname, '..')
  for (const folder of ['src/engine/', 'src/']) {
    const { stays, files, returns } = reviewWalk(root, folder)
    if (folder === 'src/engine/') console.log(stays.join('\n'))
    console.log(`${folder}: ${files.size} files, ${returns} returns`)
  }
}

export interface Walk {
  /** The files, one for each stay, in the order of the walk. */
  readonly stays: readonly string[]
  readonly files: ReadonlySet<string>
  /** How often the walk enters a file that it has left before. */
  readonly returns: number
}

/** The walk of one review. Only the files below the folder count. */
export function reviewWalk(root: string, folder: string): Walk {
  return walkFrom(root, 'src/engine/decide.ts', 'decide', file => file.startsWith(folder))
}

interface Node {
  readonly type: string
  readonly [member: string]: unknown
}

interface Source {
  /** By its name, the body of each function at the top of the file. */
  readonly functions: ReadonlyMap<string, Node>
  /** By its name here, what the file imports from another of the sources. */
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>
}

/** The walk from a function of a file. `isCounted` says which files count. A callback is followed where it stands. */
export function walkFrom(
  root: string,
  file: string,
  name: string,
  isCounted: (file: string) => boolean,
): Walk {
  const sources = new Map<string, Source>()
  const sourceOf = (path: string) => {
    const known = sources.get(path) ?? read(root, path)
    sources.set(path, known)
    return known
  }
  const walked = new Set<string>()
  const stays: string[] = []
  const enter = (path: string, called: string) => {
    const { functions, imports } = sourceOf(path)
    const body = functions.get(called)
    const imported = imports.get(called)
    if (imported) return enter(imported.file, imported.name)
    if (!body) return
    const key = `${path}:${called}`
    if (walked.has(key)) return
    walked.add(key)
    if (isCounted(path) && stays.at(-1) !== path) stays.push(path)
    follow(body, new Set(), path)
  }
  const follow = (node: Node, outer: ReadonlySet<string>, path: string): void => {
    if (node.type.startsWith('TS') && !/^TS(As|NonNull|Satisfies)/.test(node.type)) return
    const local = isScope(node) ? new Set([...outer, ...declaredIn(node)]) : outer
    if (node.type === 'Identifier') {
      const called = String(node['name'])
      if (!local.has(called)) enter(path, called)
      return
    }
    for (const [member, child] of membersOf(node)) {
      if (isName(node, member)) continue
      follow(child, local, path)
    }
  }
  enter(file, name)
  const files = new Set(stays)
  return { stays, files, returns: stays.length - files.size }
}

function read(root: string, file: string): Source {
  const text = readFileSync(join(root, file), 'utf8')
  const { program } = parse(text, { sourceType: 'module', plugins: ['typescript', 'importAttributes'] })
  const functions = new Map<string, Node>()
  const imports = new Map<string, { file: string; name: string }>()
  for (const statement of program.body as unknown as readonly Node[]) {
    const declared = (statement['declaration'] ?? statement) as Node
    if (declared.type === 'FunctionDeclaration') functions.set(nameOf(declared['id']), declared)
    if (declared.type === 'VariableDeclaration')
      for (const { id, init } of declared['declarations'] as readonly { id: Node; init?: Node }[])
        if (init && /Function/.test(init.type)) functions.set(nameOf(id), init)
    if (statement.type !== 'ImportDeclaration' || statement['importKind'] === 'type') continue
    const from = String((statement['source'] as Node)['value'])
    const target = relative(root, join(root, dirname(file), from))
    if (!from.startsWith('.') || !target.endsWith('.ts') || !existsSync(join(root, target))) continue
    for (const specifier of statement['specifiers'] as readonly Node[])
      if (specifier['importKind'] !== 'type')
        imports.set(nameOf(specifier['local']), { file: target, name: nameOf(specifier['imported']) })
  }
  return { functions, imports }
}

function nameOf(node: unknown): string {
  return String((node as Node | undefined)?.['name'])
}

function isScope({ type }: Node): boolean {
  return /Function|^BlockStatement$|^For.*Statement$|^CatchClause$/.test(type)
}

/** The names that a function or a block declares itself; those of the blocks in it are theirs. */
function declaredIn(node: Node): readonly string[] {
  const own = membersOf(node).flatMap(([member, child]): readonly Node[] => {
    if (member === 'params' || member === 'param') return [child]
    if (child.type === 'FunctionDeclaration') return [child['id'] as Node]
    if (child.type === 'VariableDeclaration')
      return (child['declarations'] as readonly Node[]).map(({ id }) => id as Node)
    return []
  })
  return own.flatMap(boundBy)
}

/** The names that a pattern binds. */
function boundBy(pattern: Node): readonly string[] {
  if (pattern.type === 'Identifier') return [nameOf(pattern)]
  if (pattern.type === 'AssignmentPattern') return boundBy(pattern['left'] as Node)
  if (pattern.type === 'ObjectProperty') return boundBy(pattern['value'] as Node)
  return membersOf(pattern).flatMap(([, child]) => boundBy(child))
}

/** A name of a member, which refers to nothing that is declared. */
function isName(node: Node, member: string): boolean {
  if (node['computed'] === true) return false
  return (
    (node.type.endsWith('MemberExpression') && member === 'property') ||
    (node.type.startsWith('Object') && member === 'key') ||
    (member === 'id' && node.type !== 'VariableDeclarator')
  )
}

function membersOf(node: Node): readonly (readonly [string, Node])[] {
  return Object.entries(node).flatMap(([member, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap(each =>
      typeof each === 'object' &&
      each !== null &&
      'type' in each &&
      member !== 'loc' &&
      !/omments$/.test(member)
        ? [[member, each as Node] as const]
        : [],
    ),
  )
}
