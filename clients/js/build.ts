/** Builds the package into `clients/js/dist`, or into the folder that is named: one module, and its types. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '../..')
const entry = join(import.meta.dirname, 'src/index.ts')
/** What a declaration imports. */
const specifier = /(from |import\()['"](\.[^'"]+)\.ts['"]/g
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
  const written = new Set<string>()
  write(entry)

  /** Writes the types of the module, and of those that they name. */
  function write(path: string) {
    const file = program.getSourceFile(path)
    if (!file) throw new Error(`${path} is not part of the package.`)
    written.add(path)
    const types = path === commands ? commandTypes(program, file) : declarationsOf(program, file)
    const to = join(folder, relative(root, path)).replace(/\.ts$/, '.d.ts')
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, types.replaceAll(specifier, "$1'$2.js'"))
    for (const [, , name] of types.matchAll(specifier)) {
      const next = join(dirname(path), `${name}.ts`)
      if (!written.has(next)) write(next)
    }
  }
}

function declarationsOf(program: ts.Program, file: ts.SourceFile): string {
  let types = ''
  program.emit(
    file,
    (_, text) => {
      types = text
    },
    undefined,
    true,
  )
  return types
}

/** The types of `commands.ts` that others name, written out. */
function commandTypes(program: ts.Program, file: ts.SourceFile): string {
  const checker = program.getTypeChecker()
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(file) as ts.Symbol)
  const symbol = exported.find(({ name }) => name === 'ClientFrame') as ts.Symbol
  const { NoTruncation, InTypeAlias, UseSingleQuotesForStringLiteralType } = ts.TypeFormatFlags
  const flags = NoTruncation | InTypeAlias | UseSingleQuotesForStringLiteralType
  const union = checker.getDeclaredTypeOfSymbol(symbol) as ts.UnionType
  const frames = union.types.map((type) => `  | ${checker.typeToString(type, undefined, flags)}`)
  return `/** What a client may write. */
export type ClientFrame =
${frames.join('\n')}

/** What an \`error\` repeats, so that its reader knows which command it answers. */
export interface Reference {
  command?: ClientFrame['type']
  key?: string
  room?: string
}
`
}
