import { stringify } from 'yaml'
import type { JsonObject } from '../../json/json.ts'
import { oneLine } from '../../problems/one-line.ts'
import { outsideRevision } from '../../profile/schema/rollout-schema.ts'
import { apiVersion } from '../../profile/schema/schema.ts'
import type { InstallationFlags } from '../cluster/installation.ts'
import { type ExitCode, type Io, printJson } from '../io.ts'
import { columns } from '../output/columns.ts'
import { changedFields } from './changed-fields.ts'
import { type LiveProfile, liveProfileNamed, placeOf, rolloutOf } from './live-profile.ts'
import { type KeptRevision, revisionNamed, revisionsOf } from './revisions.ts'

interface HistoryFlags extends InstallationFlags {
  readonly revision?: string
  readonly output: 'text' | 'yaml' | 'json'
}

/** Lists the kept revisions of a profile, the newest first, or prints one of them as a manifest. */
export async function run(flags: HistoryFlags, io: Io, [name = '']: readonly string[]): Promise<ExitCode> {
  const profile = await liveProfileNamed(name, flags, io)
  const kept = await revisionsOf(profile, flags)
  const print = (value: unknown) =>
    flags.output === 'json'
      ? printJson(value, io)
      : io.out(stringify(value, { aliasDuplicateObjects: false, version: '1.1' }))
  if (flags.revision !== undefined) {
    print(manifestOf(profile, revisionNamed(kept, flags.revision, profile)))
    return 0
  }
  const rows = kept.map((each, i) => rowOf(profile, each, kept[i + 1]))
  if (flags.output !== 'text') print(rows)
  else if (rows.length === 0) io.err(`no revision of ${placeOf(profile)} is kept yet\n`)
  else io.out(`${placeOf(profile)}\n${table(rows)}`)
  return 0
}

interface Row {
  readonly revision: string
  readonly number: number
  /** RFC 3339. */
  readonly at: string
  /** Who gets it; absent for a revision that no new Pod gets without a pin. */
  readonly use?: 'stable' | 'canary' | 'failed'
  /** Share of the workloads, for a canary. */
  readonly percent?: number
  /** The fields that differ from the revision before; absent if that is not kept. */
  readonly changed?: readonly string[]
}

function rowOf({ object }: LiveProfile, kept: KeptRevision, before: KeptRevision | undefined): Row {
  const { revision, number, at, spec } = kept
  const { state } = rolloutOf(object)
  const canary = state?.phase === 'Degraded' ? 'failed' : 'canary'
  const isStable = revision === (state?.stable ?? stableOf(object))
  const use = isStable ? 'stable' : revision === state?.canary ? canary : undefined
  return {
    revision,
    number,
    at: `${at.toISOString().slice(0, 19)}Z`,
    ...(use && { use }),
    ...(use === 'canary' && state?.percent !== undefined && { percent: state.percent }),
    ...(before && { changed: changedFields(before.spec, spec) }),
  }
}

/** Without a rollout, all new Pods get the last accepted revision. */
function stableOf({ status }: JsonObject): unknown {
  return (status as JsonObject | undefined)?.['revision']
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ revision, number, at, use = '', percent, changed }) => [
    revision,
    `${number}`,
    at,
    percent === undefined ? use : `${use} ${percent} %`,
    changed === undefined ? '-' : oneLine(shortened(changed)),
  ])
  return columns([['REVISION', 'NUMBER', 'SINCE', 'IN USE', 'CHANGED'], ...cells])
}

function shortened(fields: readonly string[]): string {
  const rest = fields.length - mostFields
  return [...fields.slice(0, mostFields), ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
}

const mostFields = 3

/** A kept revision as a manifest to apply: with the rollout of now, which is not part of a revision. */
export function manifestOf(
  { kind, name, namespace, object }: LiveProfile,
  { spec }: KeptRevision,
): JsonObject {
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { ...spec, ...outsideOf(object) },
  }
}

/** The fields of the spec that are not part of a revision. */
function outsideOf(object: JsonObject): JsonObject {
  const { spec } = rolloutOf(object)
  const kept = outsideRevision.flatMap(field =>
    spec[field] === undefined ? [] : [[field, spec[field]] as const],
  )
  return Object.fromEntries(kept)
}
