import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'

/**
 * Loaded before a program (`node --import`): it finds the files of its service account below the directory
 * POD_ROOT, as if that were the root of a container's file system. JavaScript, because what Node needs to run
 * TypeScript would count as memory of the program.
 */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount'

const moved = path => (String(path).startsWith(mounted) ? join(process.env['POD_ROOT'], String(path)) : path)

const { existsSync, readFileSync } = fs
const { readFile } = fs.promises
fs.existsSync = path => existsSync(moved(path))
fs.readFileSync = (path, options) => readFileSync(moved(path), options)
fs.promises.readFile = (path, options) => readFile(moved(path), options)
syncBuiltinESMExports()
