import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'

/**
 * Loaded before a program (`node --import`): it finds the files of its service account in the directory
 * SERVICE_ACCOUNT, as if the kubelet had mounted them. JavaScript, because what Node needs to run TypeScript
 * would count as memory of the program.
 */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount'

const moved = path =>
  String(path).startsWith(mounted)
    ? join(process.env['SERVICE_ACCOUNT'], String(path).slice(mounted.length))
    : path

const { existsSync } = fs
const { readFile } = fs.promises
fs.existsSync = path => existsSync(moved(path))
fs.promises.readFile = (path, options) => readFile(moved(path), options)
syncBuiltinESMExports()
