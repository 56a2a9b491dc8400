/** The package as it is published, built once. */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { buildClient } from '../../../clients/js/build.ts'
import { root } from '../../support/run/sources.ts'

/** Installs the package in the folder. @returns where it is */
export async function installClient(folder: string): Promise<string> {
  const installed = join(folder, 'node_modules/teahouse-client')
  mkdirSync(installed, { recursive: true })
  cpSync(join(root, 'clients/js/package.json'), join(installed, 'package.json'))
  await buildClient(join(installed, 'dist'))
  return installed
}
