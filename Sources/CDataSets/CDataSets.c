#include "CDataSets.h"
