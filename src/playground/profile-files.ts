import { isObject, type Json, type JsonObject, member } from '../json/json.ts'
import { limits } from '../limits/limits.ts'
import { lru } from '../limits/lru.ts'
import type { Problem } from '../problems/problem.ts'
import { byName, type Profiles } from '../profile/accept/profiles.ts'
import type { Profile } from '../profile/profile.ts'
import { isProfileLike } from '../profile/read.ts'
import { type Parameter, parameterTypes } from '../profile/schema/schema.ts'
import { parseProfiles, profileObjectsIn } from '../profile/yaml/parse.ts'
import { readYaml } from '../profile/yaml/read.ts'
import { refusedByApply } from './apply-check.ts'
import type { ProfileText } from './protocol.ts'

/** The profiles of texts. A text is compiled when a Pod asks for one of its profiles, or when a profile selects Pods itself. */
export interface ProfileFiles {
  readonly profiles: Profiles
  /** The text with a profile. */
  fileOf(name: string, namespace: string): ProfileText | undefined
  /** The parameters that the profiles of a text declare. */
  parametersOf(file: string): Profile['parameters']
  /** The texts that were compiled. */
  compiled(): readonly CompiledText[]
  /** Compiles a text, or gives what is known of it. */
  compile(file: string): CompiledText | undefined
}

export interface Compiled extends ReturnType<typeof parseProfiles> {
  /** What a file may have and the API server refuses. */
  readonly refused: readonly Problem[]
  /** Its profiles; see `nameIn`. */
  readonly byName: ReadonlyMap<string, Profile>
}
export interface CompiledText extends ProfileText, Compiled {}

/** What can be read of a profile without compiling it. */
type Outline = Pick<Profile, 'kind' | 'name' | 'namespace' | 'description' | 'parameters'> & {
  readonly isAutomatic: boolean
}

/** Reads profiles; a text that it has read is not read again. */
export function profileReader(): (texts: readonly ProfileText[]) => ProfileFiles {
  const outlines = lru<string, readonly Outline[]>(mostTexts)
  const compiled = lru<string, Compiled>(mostTexts)
  return texts =>
    filesOf(texts, {
      outline: ({ text }) => outlines(text, () => outlinesIn(text)),
      compile: ({ file, text }) =>
        compiled(text, () => {
          const parsed = parseProfiles(text, file)
          // Of two profiles with the same name, the first one counts.
          const byName = new Map(
            parsed.profiles.toReversed().map(each => [nameIn(each.name, each.namespace), each]),
          )
          return { ...parsed, byName, refused: refusedByApply(text, file) }
        }),
    })
}

function nameIn(name: string, namespace: string | undefined): string {
  return `${namespace ?? ''}/${name}`
}

// All that a question can have, with the states of a text that is being edited.
const mostTexts = limits.playgroundFiles + 100

interface Readers {
  outline(text: ProfileText): readonly Outline[]
  compile(text: ProfileText): Compiled
}

function filesOf(texts: readonly ProfileText[], { outline, compile }: Readers): ProfileFiles {
  const all = texts.flatMap(from => outline(from).map(each => ({ ...each, from })))
  const names = byName(all)
  const used = new Map<string, CompiledText>()
  const compileText = (from: ProfileText): CompiledText => {
    const before = used.get(from.file)
    if (before) return before
    const made = { ...from, ...compile(from) }
    used.set(from.file, made)
    return made
  }
  const compiledOf = ({ from, name, namespace }: Outline & { readonly from: ProfileText }) =>
    compileText(from).byName.get(nameIn(name, namespace))
  const allIn = (namespace: string) =>
    names.allIn(namespace).flatMap((each): readonly Profile[] => {
      if (!used.has(each.from.file)) return [standIn(each)]
      return [compiledOf(each)].filter(profile => profile !== undefined)
    })
  return {
    profiles: {
      // Only these are asked for without their name.
      all: names.all.filter(({ isAutomatic }) => isAutomatic).flatMap(each => compiledOf(each) ?? []),
      find: (name, namespace) => {
        const found = names.find(name, namespace)
        return found && compiledOf(found)
      },
      allIn,
      namesIn: namespace => allIn(namespace).map(({ name }) => name),
    },
    fileOf: (name, namespace) => names.find(name, namespace)?.from,
    parametersOf: file => {
      const declared = all.filter(({ from }) => from.file === file).map(({ parameters }) => parameters)
      return Object.assign({}, ...declared) as Profile['parameters']
    },
    compiled: () => [...used.values()],
    compile: file => {
      const from = texts.find(each => each.file === file)
      return from && compileText(from)
    },
  }
}

/** A profile that nothing asks for: only its name and its parameters are read, for hints. */
function standIn({ isAutomatic: _, ...outline }: Outline & { readonly from: ProfileText }): Profile {
  const { from: __, ...known } = outline as typeof outline & { readonly from: ProfileText }
  return {
    ...known,
    revision: '',
    requires: [],
    lifecycle: 'auto',
    order: { before: [], after: [] },
    placement: new Map(),
    volumes: [],
    initContainers: [],
    containers: [],
    appContainers: [],
    pod: {},
    onConflict: 'deny',
    advice: [],
  }
}

function outlinesIn(text: string): readonly Outline[] {
  return readYaml(text).documents.flatMap(({ value }) =>
    profileObjectsIn(value).flatMap(([, object]) => outlineOf(object)),
  )
}

function outlineOf(object: Json): readonly Outline[] {
  if (!isProfileLike(object)) return []
  const { kind, metadata, spec } = object
  const [name, namespace] = ['name', 'namespace'].map(field => member(metadata, field))
  if (typeof name !== 'string' || (kind !== 'ClusterSidecarProfile' && kind !== 'SidecarProfile')) return []
  const description = member(spec, 'description')
  return [
    {
      kind,
      name,
      ...(typeof namespace === 'string' && { namespace }),
      ...(typeof description === 'string' && { description }),
      parameters: parametersIn(member(spec, 'parameters')),
      isAutomatic: member(spec, 'autoInject') !== undefined,
    },
  ]
}

function parametersIn(declared: Json | undefined): Readonly<Record<string, Parameter>> {
  const entries = Object.entries(isObject(declared) ? declared : {}).slice(0, limits.parameters)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, Parameter & JsonObject] =>
      parameterTypes.some(type => type === member(entry[1], 'type')),
    ),
  )
}
