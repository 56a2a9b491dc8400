/** Builds the package into `clients/js/dist`, or into the folder that is named: one module, and its types. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '../..')
const entry = join(import.meta.dirname, 'src/index.ts')
/** Its schemas are of a library that the package does without. What it needs of them is one type. */
const commands = join(root, 'src/shared/protocol/commands.ts')

if (import.meta.main) {
  const dist = join(import.meta.dirname, 'dist')
  await buildClient(dist)
  console.log(`built teahouse-client into ${relative(process.cwd(), dist) || '.'}`)
}

export async function buildClient(dist: string) {
  rmSync(dist, { recursive: true, force: true })
  await bundle(join(dist, 'teahouse-client.js'))
  writeTypes(join(dist, 'types'))
}

/** Everything in one module. */
export async function bundle(file: string, minify = false) {
  const { build } = await import('vite')
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      target: ['chrome117', 'firefox125', 'safari17.4'],
      outDir: dirname(file),
      emptyOutDir: false,
      minify: false,
      lib: { entry, formats: ['es'], fileName: () => file.slice(dirname(file).length + 1) },
      // Vite's own setting keeps the white space of a library.
      rolldownOptions: { checks: { pluginTimings: false }, output: { minify, comments: !minify } },
    },
  })
}

function writeTypes(folder: string) {
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: root,
    outDir: folder,
    skipLibCheck: true,
  })
  for (const file of sourcesOf(program)) {
    if (file.fileName === commands)
      write(join(folder, 'src/shared/protocol/commands.d.ts'), commandTypes(program, file))
    else program.emit(file, write, undefined, true)
  }
}

/** Those that the declarations of the entry name, however deep. */
function sourcesOf(program: ts.Program): ts.SourceFile[] {
  return program
    .getSourceFiles()
    .filter(({ fileName }) => !fileName.includes('/node_modules/') && fileName.startsWith(root))
}

function write(path: string, text: string) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(
    path,
    text
      .replace(/(from '|import\(')(\.[^']+)\.ts'/g, "$1$2.js'")
      .replace(/(from "|import\(")(\.[^"]+)\.ts"/g, '$1$2.js"'),
  )
}

/** The types of `commands.ts`, written out. */
function commandTypes(program: ts.Program, file: ts.SourceFile): string {
  const checker = program.getTypeChecker()
  const named = new Map(
    checker.getExportsOfModule(checker.getSymbolAtLocation(file) as ts.Symbol).map((symbol) => [symbol.name, symbol]),
  )
  const typeOf = (name: string) => checker.getDeclaredTypeOfSymbol(named.get(name) as ts.Symbol)
  const flags =
    ts.TypeFormatFlags.NoTruncation |
    ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType |
    ts.TypeFormatFlags.InTypeAlias
  const commandTypes = typeOf('ClientFrame')
  const frames = (commandTypes.isUnion() ? commandTypes.types : [commandTypes]).map((type) =>
    checker.typeToString(type, undefined, flags),
  )
  const types = `export type ClientFrame =\n${frames.map((frame) => `  | ${frame}`).join('\n')}\n`
  const reference =
    "export interface Reference {\n  command?: ClientFrame['type']\n  key?: string\n  room?: string\n}\n"
  return `/** What a client may write. */\n${types}\n/** What an \`error\` repeats, so that its reader knows which command it answers. */\n${reference}`
}
