import { parentPort, workerData } from 'node:worker_threads'
import { podsIn } from '../../src/manifest/pods.ts'
import { parseManifest } from '../../src/manifest/yaml/manifest.ts'
import { parseProfiles } from '../../src/profile/yaml/parse.ts'

// The thread of reading.ts: reads one text as a command does.
const { as, text } = workerData as { as: 'profiles' | 'manifest'; text: string }

const before = process.threadCpuUsage()
if (as === 'profiles') parseProfiles(text, 'fuzz.yaml')
else podsIn([parseManifest(text, 'fuzz.yaml').manifest])
const { user, system } = process.threadCpuUsage(before)
parentPort?.postMessage({ cpuMs: (user + system) / 1_000 })
