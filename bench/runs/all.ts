import type { Benchmark } from '../benchmark.ts'
import { durable } from './durable.ts'
import { idle } from './idle.ts'
import { quiet } from './quiet.ts'
import { comeBack } from './return.ts'
import { saturated } from './saturated.ts'

export const benchmarks: Benchmark[] = [saturated, quiet, durable, idle, comeBack]
