import { type Pair, stringify } from 'yaml'
import { equal, type JsonObject } from '../../json/json.ts'
import { revision as revisionOfSpec } from '../../profile/revision.ts'
import type { InstallationFlags } from '../cluster/installation.ts'
import { type ExitCode, Failure, type Io } from '../io.ts'
import { colouredDiff } from '../output/coloured-diff.ts'
import { describeManager, managerOf } from './gitops.ts'
import { manifestOf } from './history.ts'
import {
  commandFor,
  type LiveProfile,
  liveProfileNamed,
  placeOf,
  rolloutOf,
  writeSpec,
} from './live-profile.ts'
import { type KeptRevision, revisionNamed, revisionsOf } from './revisions.ts'

interface UndoFlags extends InstallationFlags {
  readonly toRevision?: string
  readonly dryRun?: 'server' | 'client'
}

/**
 * Writes the spec of a kept revision back, as a new generation, and shows what that changes. 1 when a tool manages the
 * profile from a source of its own, which would write the present spec again.
 */
export async function run(flags: UndoFlags, io: Io, [name = '']: readonly string[]): Promise<ExitCode> {
  const profile = await liveProfileNamed(name, flags, io)
  const kept = await revisionsOf(profile, flags)
  const target = targetOf(profile, kept, flags.toRevision)
  const { spec } = rolloutOf(profile.object)
  const due = manifestOf(profile, target)['spec'] as JsonObject
  const place = placeOf(profile)
  if (equal(spec, due)) {
    io.out(`${place} not changed: its spec is revision ${target.revision} already\n`)
    return 0
  }
  io.out(colouredDiff(`${place}.yaml`, yamlOf(spec), yamlOf(due), io.isColoured))
  const manager = managerOf(profile.object)
  if (manager)
    throw new Failure(
      1,
      `${place} not changed: ${describeManager(manager)} manages it, and would write the present spec again`,
      `revert the change shown above in the source of ${manager.tool}; ${commandFor('history', profile)} --revision ${target.revision} -o yaml prints the manifest`,
    )
  if (flags.dryRun !== 'client')
    await writeSpec(profile, due, { undone: `${place} not changed`, isDryRun: flags.dryRun === 'server' })
  const how = { server: ' (server dry run)', client: ' (dry run)', none: '' }[flags.dryRun ?? 'none']
  io.out(`${place} rolled back to revision ${target.revision}${how}\n`)
  return 0
}

/**
 * The revision to go back to. Without a name, that is the stable one while another one is rolled out or has failed, else the
 * one before the present one.
 */
function targetOf(
  profile: LiveProfile,
  kept: readonly KeptRevision[],
  wanted: string | undefined,
): KeptRevision {
  if (wanted !== undefined) return revisionNamed(kept, wanted, profile)
  const { spec, state } = rolloutOf(profile.object)
  const now = revisionOfSpec(spec)
  const stable = kept.find(({ revision }) => revision === state?.stable)
  if (stable && stable.revision !== now) return stable
  const at = kept.findIndex(({ revision }) => revision === now)
  const before = kept[at + 1]
  if (before) return before
  throw new Failure(
    1,
    `no revision of ${placeOf(profile)} before ${now} is kept: there is nothing to go back to (spec.revisionHistoryLimit says how many are kept)`,
  )
}

/** Both sides in one order, in which the name of an item comes first. */
function yamlOf(spec: JsonObject): string {
  return stringify({ spec }, { aliasDuplicateObjects: false, sortMapEntries: nameFirst })
}

function nameFirst({ key: a }: Pair, { key: b }: Pair): number {
  const rank = (key: unknown) => `${String(key) === 'name' ? 0 : 1}${key}`
  return rank(a) < rank(b) ? -1 : 1
}
