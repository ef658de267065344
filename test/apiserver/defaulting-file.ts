/**
 * Writes `src/engine/plan/defaulting.gen.json` anew. Run by hand when the version in `build/go.mod` changes, after
 * `schema.ts`: `node test/apiserver/defaulting-file.ts`
 */
import { writeFile } from 'node:fs/promises'
import { startApiServer } from './apiserver.ts'
import { defaulting, defaultingFile } from './defaulting.ts'
import { viewDefaulting } from './stored.ts'

const server = await startApiServer()
const view = await viewDefaulting(server)
try {
  const text = await defaulting(view)
  await writeFile(defaultingFile, text)
  console.error(`src/engine/plan/defaulting.gen.json: ${text.length} bytes`)
} finally {
  view.close()
  await server.stop()
}
