#ifndef CKERNELS_H
#define CKERNELS_H

#include "nt_cpu.h"
#include "nt_limits.h"
#include "nt_matmul.h"
#if __has_include("nt_pool.h")
#include "nt_pool.h"
#endif
#if __has_include("nt_layers.h")
#include "nt_layers.h"
#endif
#if __has_include("nt_attention.h")
#include "nt_attention.h"
#include "nt_attention_whole.h"
#endif

#endif
