/**
 * Writes `src/profile/schema/core.gen.json` anew. Run by hand when the version in `build/go.mod` changes:
 * `node test/apiserver/schema.ts`
 */
import { writeFile } from 'node:fs/promises'
import { startApiServer } from './apiserver.ts'
import { coreFile, coreSchemas } from './core.ts'

const { request, stop } = await startApiServer()
try {
  const schemas = await coreSchemas(request)
  await writeFile(coreFile, schemas)
  console.error(`src/profile/schema/core.gen.json: ${schemas.length} bytes`)
} finally {
  await stop()
}
