import { writeFile } from 'node:fs/promises'
import type { Container, Named, Pod } from '../../engine/pod.ts'
import { podsIn } from '../../manifest/pods.ts'
import { fileProblem } from '../../problems/file-problem.ts'
import { listNames } from '../../problems/nearest.ts'
import { oneLine } from '../../problems/one-line.ts'
import { describe } from '../../problems/problem.ts'
import { isLabel, maxAnnotationName, reservedNames } from '../../profile/schema/schema.ts'
import { parseProfiles } from '../../profile/yaml/parse.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { readManifests } from '../manifests/read.ts'
import { leftOut } from './left-out.ts'
import { type Model, profileText } from './profile-text.ts'

interface NewProfileFlags {
  readonly image?: string
  readonly fromContainer?: string
  readonly filename?: readonly string[]
  readonly to?: string
  readonly force?: true
}

/** Writes a valid profile with comments. An existing file is only replaced with `--force`. */
export async function run(flags: NewProfileFlags, io: Io, [name = '']: readonly string[]): Promise<ExitCode> {
  const isReserved = reservedNames.some(reserved => reserved === name)
  if (!isLabel(name) || name.length >= maxAnnotationName - 'image'.length || isReserved)
    throw new Failure(
      2,
      `${JSON.stringify(name)} cannot be the name of a profile: it must be at most ${maxAnnotationName - 'image'.length - 1} lower-case letters, digits and "-", and not one of ${listNames(reservedNames)}`,
    )
  const model = await modelOf(flags, name, io)
  const text = profileText(name, model)
  // What a manifest has may be too much for a profile, or nothing that one can have.
  const { problems, advice } = parseProfiles(text, `the profile of ${name}`)
  if (problems.length > 0) throw new Failure(1, ...problems.map(describe))
  const file = flags.to ?? `${name}.yaml`
  if (file === '-') io.out(text)
  else await write(file, text, flags.force === true)
  for (const each of leftOut(model)) io.err(`warning: ${oneLine(each)}\n`)
  for (const each of advice) io.err(`advice: ${describe({ ...each, file })}\n`)
  if (file !== '-') io.err(`wrote ${file}: edit it, then run \`pillion validate -f ${file}\`\n`)
  return 0
}

async function modelOf(
  { image, fromContainer, filename }: NewProfileFlags,
  name: string,
  io: Io,
): Promise<Model> {
  if (image !== undefined) return { container: { name, image }, isInit: false, volumes: [] }
  if (fromContainer === undefined || filename === undefined)
    throw new Failure(
      2,
      'name an image with --image IMAGE, or a container with --from-container NAME -f FILE',
    )
  const read = await readManifests({ filename }, io)
  const { found, problems } = podsIn(read.manifests)
  const wrong = [...read.problems, ...problems.map(describe)]
  if (wrong.length > 0) throw new Failure(1, ...wrong)
  const candidates = found.flatMap(({ pod }) => containersOf(pod))
  const chosen = candidates.filter(({ container }) => container.name === fromContainer)
  const [model] = chosen
  if (model && chosen.length === 1) return model
  const file = filename.join(', ')
  if (model)
    throw new Failure(
      2,
      `${file}: ${chosen.length} containers have the name ${fromContainer}: give a file with one of them`,
    )
  const names = listNames([...new Set(candidates.map(({ container }) => container.name))])
  throw new Failure(
    2,
    `${file}: there is no container ${JSON.stringify(fromContainer)}; there are: ${names || 'none'}`,
  )
}

function containersOf({ spec = {} }: Pod): readonly Model[] {
  const model = (container: Container, isInit: boolean): Model => ({
    container,
    isInit,
    volumes: (spec.volumes ?? []).filter(({ name }) =>
      (container.volumeMounts ?? []).some(mount => mount.name === name),
    ) as readonly Named[],
  })
  return [
    ...(spec.containers ?? []).map(container => model(container, false)),
    ...(spec.initContainers ?? []).map(container => model(container, container.restartPolicy !== 'Always')),
  ]
}

async function write(file: string, text: string, isForced: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: isForced ? 'w' : 'wx' })
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
    throw new Failure(
      2,
      exists ? `${file} exists: use --force to replace it` : `${file}: ${fileProblem(error)}`,
    )
  }
}
