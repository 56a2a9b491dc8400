import type { Benchmark } from '../benchmark.ts'
import { cluster } from './cluster.ts'
import { durable } from './durable.ts'
import { history } from './history.ts'
import { idle } from './idle.ts'
import { large } from './large.ts'
import { moveData } from './move.ts'
import { page } from './page.ts'
import { quiet } from './quiet.ts'
import { recovery } from './recovery.ts'
import { comeBack } from './return.ts'
import { manyRooms } from './rooms.ts'
import { saturated } from './saturated.ts'
import { scroll } from './scroll.ts'
import { search } from './search.ts'
import { searchAppends } from './search-appends.ts'
import { searchLanguages } from './search-languages.ts'
import { startUp } from './start.ts'
import { transports } from './transports.ts'
import { uploads } from './uploads.ts'

export const benchmarks: Benchmark[] = [
  saturated,
  quiet,
  manyRooms,
  large,
  idle,
  comeBack,
  durable,
  history,
  startUp,
  page,
  scroll,
  search,
  searchLanguages,
  searchAppends,
  transports,
  uploads,
  cluster,
  recovery,
  moveData,
]
