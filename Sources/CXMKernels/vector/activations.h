// All activation kernels for one storage type. Undefines the type's macros at the end, so that kernels.h can include it
// again for the next type.
// SPDX-License-Identifier: Apache-2.0

#include "attention.h"
#include "cross_entropy.h"
#include "residual_rmsnorm.h"
#include "rope.h"
#include "swiglu.h"

#undef NAME
#undef ACT
#undef LOAD
#undef STORE
#undef ROUND
#undef PAIR
#undef PACKED
#undef LOAD_PACKED
#undef SET_PACKED
#undef STORE_PACKED
#undef DOT
#undef ROUND_ONE
#undef LOAD_ONE
#undef OWN_TYPE
