import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { limits } from '../../limits/limits.ts'
import { fileProblem } from '../../problems/file-problem.ts'
import { didYouMean, listNames } from '../../problems/nearest.ts'
import { Failure } from '../io.ts'

/** A text, with the name of its file. */
export interface TextFile {
  readonly file: string
  readonly text: string
}

/** The texts in the folder of a test case. */
export interface CaseFolder {
  readonly folder: string
  readonly pod: TextFile
  readonly namespace?: TextFile
  /** By the version of Kubernetes that they are for; '' for expected.yaml. */
  readonly expected: ReadonlyMap<string, TextFile>
  /** Undefined if it has no folder `profiles`. */
  readonly profiles?: readonly TextFile[]
  readonly problems: readonly string[]
}

/** The test cases in folders and in all folders below them, in the order of their names. Ends the command if they have no test case. */
export async function caseFolders(roots: readonly string[]): Promise<readonly CaseFolder[]> {
  const cases: CaseFolder[] = []
  const problems: string[] = []
  const left = { folders: limits.testFolders }
  for (const root of roots) {
    try {
      const found = await casesBelow(root, left)
      cases.push(...found)
      if (found.length === 0)
        problems.push(`${root}: there is no test case in it: a folder with a file pod.yaml`)
    } catch (error) {
      problems.push(error instanceof Failure ? error.message : `${root}: ${fileProblem(error)}`)
    }
  }
  if (problems.length > 0) throw new Failure(2, ...problems)
  return cases
}

async function casesBelow(root: string, left: { folders: number }): Promise<readonly CaseFolder[]> {
  const cases: CaseFolder[] = []
  const rest = [root]
  for (let folder = rest.pop(); folder !== undefined; folder = rest.pop()) {
    if (left.folders-- <= 0)
      throw new Failure(2, `${root}: there are more than ${limits.testFolders} folders in it`)
    // A link is not followed: it may lead back, or out of the folder.
    const entries = await readdir(folder, { withFileTypes: true })
    const names = entries.map(({ name }) => name)
    const isCase = names.some(name => name === 'pod.yaml' || expectedName.test(name))
    if (isCase) cases.push(await readCase(folder, names.sort()))
    const below = entries.filter(
      entry => entry.isDirectory() && !isHidden(entry.name) && !(isCase && entry.name === 'profiles'),
    )
    for (const { name } of below.sort((a, b) => (a.name < b.name ? 1 : -1))) rest.push(join(folder, name))
  }
  return cases
}

const expectedName = /^expected(?:-(\d{1,3}\.\d{1,3}))?\.yaml$/
const isHidden = (name: string) => name.startsWith('.') || name === 'node_modules'

/** Reads the files of a case. What is wrong with one of them does not keep the others from being read. */
async function readCase(folder: string, names: readonly string[]): Promise<CaseFolder> {
  const problems: string[] = []
  const read = async (name: string): Promise<TextFile | undefined> => {
    const file = join(folder, name)
    try {
      return { file, text: await regularText(file) }
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`)
      return undefined
    }
  }
  const ifThere = async (name: string) => (names.includes(name) ? read(name) : undefined)
  if (!names.includes('pod.yaml')) problems.push(`${join(folder, 'pod.yaml')}: is missing`)
  for (const name of names) {
    const isKnown = caseNames.includes(name) || expectedName.test(name)
    if (isKnown || !/\.(ya?ml|json)$/.test(name)) continue
    const hint = didYouMean(name, caseNames) || `: it can have ${listNames(caseNames)}`
    problems.push(`${join(folder, name)}: is no file of a test case${hint}`)
  }
  const pod = (await ifThere('pod.yaml')) ?? { file: join(folder, 'pod.yaml'), text: '' }
  const namespace = await ifThere('namespace.yaml')
  const expected = new Map<string, TextFile>()
  for (const name of names) {
    const [match, version = ''] = expectedName.exec(name) ?? []
    const text = match === undefined ? undefined : await read(name)
    if (text) expected.set(version, text)
  }
  const profiles = names.includes('profiles')
    ? await readProfiles(join(folder, 'profiles'), problems)
    : undefined
  return {
    folder,
    pod,
    ...(namespace && { namespace }),
    expected,
    ...(profiles && { profiles }),
    problems,
  }
}

const caseNames = ['pod.yaml', 'namespace.yaml', 'expected.yaml', 'expected-1.28.yaml', 'profiles']

async function readProfiles(folder: string, problems: string[]): Promise<readonly TextFile[]> {
  try {
    if (!(await lstat(folder)).isDirectory()) throw new Error('must be a folder of profiles, and no link')
    const names = (await readdir(folder)).filter(name => /\.(ya?ml|json)$/.test(name)).sort()
    if (names.length === 0) throw new Error('no *.yaml, *.yml or *.json file in it')
    if (names.length > limits.testProfileFiles)
      throw new Error(`more than ${limits.testProfileFiles} files in it`)
    const texts: TextFile[] = []
    for (const name of names) {
      const file = join(folder, name)
      try {
        texts.push({ file, text: await regularText(file) })
      } catch (error) {
        problems.push(`${file}: ${(error as Error).message}`)
      }
    }
    return texts
  } catch (error) {
    problems.push(`${folder}: ${(error as Error).message}`)
    return []
  }
}

/**
 * The text of a regular file. A folder of tests may come from somebody else: a link could show another file in the output,
 * and reading a named pipe waits for its writer.
 */
async function regularText(file: string): Promise<string> {
  if (!(await lstat(file)).isFile()) throw new Error('must be a regular file, and no link')
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    if (size > limits.testFileBytes) throw new Error(`is larger than ${limits.testFileBytes} bytes`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}
