import { writeFile } from 'node:fs/promises'
import { startApiServer } from '../test/apiserver/apiserver.ts'
import { coreFile, coreSchemas, knownSchemas } from '../test/apiserver/core.ts'
import { defaulting, defaultingFile } from '../test/apiserver/defaulting.ts'
import { viewDefaulting } from '../test/apiserver/stored.ts'

/**
 * Writes what Pillion knows of core/v1, src/profile/schema/core.gen.json and src/engine/plan/defaulting.gen.json, as a real API server
 * has it. Run it when `usualVersion` in test/apiserver/versions.ts changes: `npx node tools/kubernetes-api.ts`.
 */
const server = await startApiServer()
try {
  await writeFile(coreFile, await coreSchemas(server.request))
  const view = await viewDefaulting(server)
  await writeFile(defaultingFile, await defaulting(view, await knownSchemas(server.request)))
  view.close()
} finally {
  await server.stop()
}
