import { writeFile } from 'node:fs/promises'
import { startApiServer } from '../test/apiserver/apiserver.ts'
import { coreFile, coreSchemas } from '../test/apiserver/core.ts'

/**
 * Writes `src/profile/schema/core.gen.json` anew. Run by hand when the version in `test/apiserver/build/go.mod` changes:
 * `node tools/core-schema.ts`
 */

const { request, stop } = await startApiServer()
try {
  const schemas = await coreSchemas(request)
  await writeFile(coreFile, schemas)
  console.error(`src/profile/schema/core.gen.json: ${schemas.length} bytes`)
} finally {
  await stop()
}
