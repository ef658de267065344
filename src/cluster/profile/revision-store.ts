import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { JsonObject } from '../../json/json.ts'
import type { ProfileId, StoredRevision } from '../../profile/accept/controller-revision.ts'
import { type Kept, type KeptRevision, nothingKept } from '../../profile/accept/kept-revision.ts'
import { storedBytes } from '../../profile/accept/stored-size.ts'

/** A revision in memory: its spec as compressed text, if there is room for it. */
export interface HeldRevision extends KeptRevision, Pick<StoredRevision, 'owner' | 'uid' | 'version'> {
  readonly text: Uint8Array | undefined
}

/** The kept revisions of all profiles in memory. */
export function revisionStore() {
  const owners = new Map<ProfileId, Owner>()

  return {
    hold({ spec, kind: _, ...rest }: StoredRevision): HeldRevision {
      const text = deflateRawSync(JSON.stringify(spec))
      return { ...rest, bytes: storedBytes({ spec }), isWhole: true, text, spec: () => parsed(text) }
    },
    put(held: HeldRevision): void {
      const owner = owners.get(held.owner) ?? { kept: new Map(), gone: new Set() }
      owners.set(held.owner, owner)
      owner.kept.set(held.revision, held)
      owner.gone.delete(held.revision)
    },
    remove({ owner: id, revision }: HeldRevision): void {
      const owner = owners.get(id)
      if (!owner?.kept.delete(revision)) return
      owner.gone.add(revision)
      const [oldest] = owner.gone.size > mostGone ? owner.gone : []
      if (oldest !== undefined) owner.gone.delete(oldest)
    },
    /** Must be called when a profile was deleted. */
    forget: (id: ProfileId) => void owners.delete(id),
    /** The kept revisions of a profile. */
    of(id: ProfileId): Kept<HeldRevision> {
      const owner = owners.get(id)
      if (!owner) return nothingKept
      return {
        size: owner.kept.size,
        find: revision => owner.kept.get(revision),
        isGone: revision => owner.gone.has(revision),
        all: () => [...owner.kept.values()].sort(newestFirst),
      }
    },
  }
}

/** A revision without its spec, for which there is no room. */
export function withoutText(held: HeldRevision): HeldRevision {
  return { ...held, isWhole: false, text: undefined, spec: () => undefined }
}

export type RevisionStore = ReturnType<typeof revisionStore>

interface Owner {
  readonly kept: Map<string, HeldRevision>
  readonly gone: Set<string>
}

// Only those that were in use until a moment ago matter.
const mostGone = 16

function newestFirst(a: KeptRevision, b: KeptRevision): number {
  return b.number - a.number || (a.name < b.name ? -1 : 1)
}

function parsed(text: Uint8Array): JsonObject {
  return JSON.parse(inflateRawSync(text).toString()) as JsonObject
}
