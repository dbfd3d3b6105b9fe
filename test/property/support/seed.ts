import { configureGlobal } from 'fast-check'

/** Of the experiments that CI makes: always the same, so that a change is judged and not its luck. */
const CI_SEED = 20_261_129

const { BROOD_SEED, CI } = process.env
const seed = BROOD_SEED === undefined ? CI_SEED : Number(BROOD_SEED)
if (!Number.isSafeInteger(seed)) throw new RangeError(`Expected BROOD_SEED to be an integer, got ${BROOD_SEED}`)

// Elsewhere each run makes new ones; a failure prints its seed.
if (BROOD_SEED !== undefined || CI === 'true') configureGlobal({ seed })
