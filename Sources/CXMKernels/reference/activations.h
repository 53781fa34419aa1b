// All activation kernels for one storage type. Undefines the type's macros at the end, so that reference.c can include
// it again for the next type.
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
