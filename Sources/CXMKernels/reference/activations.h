// All activation operations for one storage type; undefines the type's macros so that the next one can follow.
// SPDX-License-Identifier: Apache-2.0

#include "attention.h"
#include "cross_entropy.h"
#include "residual_rmsnorm.h"
#include "rope.h"
#include "swiglu.h"

#undef NAME
#undef ACT
#undef LOAD
#undef ROUND
#undef PAIR
#undef OWN_TYPE
#undef LOAD_ONE
