// The scalar block formats of CXMQuant.h in one translation unit: one header per format family, each with its byte
// layout.
// SPDX-License-Identifier: Apache-2.0

#include "CXMQuant.h"

#include <math.h>
#include <string.h>

#include "../bf16.h"
#include "half.h"
#include "floats.h"
#include "q8_0.h"
#include "q4.h"
#include "q5.h"
#include "k_scales.h"
#include "q4_k.h"
#include "q5_k.h"
#include "q6_k.h"
