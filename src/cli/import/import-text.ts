import type { Json } from '../../json/json.ts'
import { Failure } from '../io.ts'
import { expedia } from './expedia.ts'
import type { Imported, Importer } from './imported.ts'
import { istioTemplate } from './istio-template.ts'
import type { ImportFormat } from './names.ts'
import { otelSidecar } from './otel-sidecar.ts'
import { repaired } from './repair.ts'
import { type Row, rowsOf } from './rows.ts'
import { sidecarSet } from './sidecarset.ts'
import { sourcesIn } from './source.ts'
import { resultOf } from './tree.ts'
import { tumblr } from './tumblr.ts'

const importers: Readonly<Record<ImportFormat, Importer>> = {
  sidecarset: sidecarSet,
  tumblr,
  expedia,
  'otel-sidecar': otelSidecar,
  'istio-template': istioTemplate,
}

/** What one document of a file becomes. */
export interface ImportedDocument {
  readonly file: string
  readonly profiles: readonly Json[]
  /** A row for each field of the document. */
  readonly fields: readonly Row[]
  readonly requests: Imported['requests']
}

/**
 * The valid profiles that the documents of a file become, and what becomes of each of their fields. Ends the command if one
 * of the documents is not of the format, or if nothing in it can be injected.
 */
export function importText(format: ImportFormat, text: string, file: string): readonly ImportedDocument[] {
  const documents = sourcesIn(text, file).map(source => {
    const imported = importers[format](source)
    const dropped = imported.profiles.flatMap(profile => repaired(profile, file))
    return {
      file,
      profiles: imported.profiles.map(profile => resultOf(profile)),
      fields: rowsOf(imported, dropped),
      requests: imported.requests,
    }
  })
  if (documents.length === 0) throw new Failure(1, `${file}: there is no document in it`)
  return documents
}
